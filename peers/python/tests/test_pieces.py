"""The compiled pieces return the results of the suite's plain ones, for any division of the work."""

import subprocess
import sys
import unittest

import numpy as np

from peers import pieces, suite
from peers.suite import fanout, random
from peers.suite.mailbox import BufferConsumer
from peers.systems import pure

WORD = 0xF234567812345678


class Bodies(unittest.TestCase):
    def test_opaque_work_is_the_suites(self):
        for turns in (0, 1, 1000):
            self.assertEqual(pieces.spin(WORD, turns), random.spin1(WORD, turns))
            self.assertEqual(pieces.waited(7, turns), fanout.result_of(7, turns))

    def test_a_task_mixes_any_number_of_inputs_in_order(self):
        inputs = [WORD, 5, WORD ^ 9, 3, 2]
        for count in range(6):
            self.assertEqual(pieces.task(WORD, inputs[:count], 3), pure.task(WORD, inputs[:count], 3))
        self.assertNotEqual(pieces.task(WORD, [1, 2], 3), pieces.task(WORD, [2, 1], 3))

    def test_buffers_are_the_suites_and_disorder_is_counted(self):
        work = suite.make("mailbox", "1KiB", "tiny", 0)
        for order in [range(work.count), [0, 2, 1, *range(3, work.count)]]:
            compiled, plain = pieces.BufferConsumer(work.words), BufferConsumer(work.words)
            for number in order:
                buffer = np.empty(work.words, np.uint64)
                pieces.fill(number, buffer)
                self.assertEqual(buffer.tolist(), work.buffer(number).tolist())
                compiled.take(buffer)
                plain.take(buffer)
            self.assertEqual(compiled.tally(), plain.tally())

    def test_keys_are_those_of_the_histogram(self):
        work = suite.make("histogram", "256", "tiny", 1)
        halves = [pieces.keys(work.seed, work.mask, *part) for part in pieces.parts(work.n, 2)]
        work.check(np.bincount(np.concatenate(halves).astype(np.int64), minlength=work.bins), 1)

    def test_arrays_that_another_process_sent_are_accepted(self):
        work = suite.make("julia", "", "tiny", 0)
        for array in (work.xs, work.ys):
            array.flags.writeable = False
        work.check(pieces.rows(work.xs, work.ys, work.limit), 1)


class Division(unittest.TestCase):
    """Right results from any number of shares."""

    def test_rows_of_a_graph(self):
        for case in suite.cases("taskgraph"):
            work = suite.make("taskgraph", case, "tiny", 1)
            grid = pieces.grid(work)
            for workers in (1, 2, 3, 50):
                shared = pieces.row_by_row(grid, workers, lambda calls: [pieces.block(grid, *call) for call in calls])
                work.check(shared, 1)
                before, shares = [], pieces.parts(work.width, workers)
                for row in range(work.depth):
                    parts = [pieces.columns(grid, row, *share) for share in shares]
                    before = [pieces.columns_after(part, *before) for part in parts]
                work.check(np.concatenate(before), 1)

    def test_a_tree_in_rounds_of_any_length(self):
        work = suite.make("treesearch", "", "tiny", 0)
        for hands, most in [(1, 1 << 17), (2, 1), (3, 10), (500, 2)]:
            counts = pieces.in_rounds(work, hands, lambda calls: [pieces.walk(*call) for call in calls], most)
            work.check(counts, 1)

    def test_strips_of_heat_that_exchange_several_rows(self):
        work = suite.make("heat", "", "tiny", 0)
        for workers, steps in [(1, 10), (2, 10), (4, 5), (16, 2)]:
            strips = [work.initial[slice(*part)] for part in pieces.parts(work.side, workers)]
            for _ in range(work.steps // steps):
                near = [(strips[k - 1], strips[k], strips[(k + 1) % workers]) for k in range(workers)]
                strips = [pieces.heat_of_strip(*three, steps, work.RATE) for three in near]
            work.check(np.concatenate(strips), 1)

    def test_rows_that_were_dealt_out_are_put_in_order(self):
        work = suite.make("julia", "", "tiny", 0)
        for hands in (1, 2, 7, 1000):
            work.check(pieces.in_order([pieces.julia_rows(*hand) for hand in pieces.dealt(work, hands)]), 1)


class Import(unittest.TestCase):
    def test_nothing_is_compiled_after_it(self):
        """Each function has only one signature, so that a call with other types fails instead of compiling."""
        functions = [each for each in vars(pieces).values() if hasattr(each, "signatures")]
        self.assertGreater(len(functions), 10)
        for function in functions:
            self.assertEqual((len(function.signatures), function._can_compile), (1, False), function)

    def test_the_cache_is_outside_the_source_tree(self):
        program = "from peers import pieces; print(pieces.spin.stats.cache_path)"
        told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        self.assertNotIn("__pycache__", told.stdout)


if __name__ == "__main__":
    unittest.main()
