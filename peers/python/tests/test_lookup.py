"""The lookup table: its operations, errors among concurrent workers, and entries that are never torn."""

import threading
import unittest
from importlib.util import find_spec

import numpy as np

from peers import operations, suite
from peers.suite import random
from peers.suite.workload import Mismatch
from peers.systems import pure
from tests.optional import needs

PUBLISHED = [
    ("tiny", "w0", 0xFDA9214751E72209, 10_000),
    ("tiny", "w1", 0xC7FEC65493300FFC, 9_986),
    ("tiny", "w10", 0x2A5A71680DCEA3C4, 9_893),
    ("tiny", "w100", 0x458E2E9DE683424F, 9_038),
    ("small", "w0", 0x2245B61B3014B2EF, 1_000_000),
    ("small", "w1", 0x97365616559444D2, 998_997),
    ("small", "w10", 0xDFACF8E7A7ACCBCC, 990_213),
    ("small", "w100", 0x914F79BB4AEF882D, 901_827),
]


def counted(work):
    """The result, by counting: the last number of an entry is the number of its changes."""
    entries, changed = work.operations(0, work.n)
    numbers = np.bincount(entries[changed], minlength=work.entries).astype(np.uint64)
    return np.column_stack([numbers, random.mix(numbers.copy())]), int(np.count_nonzero(~changed)), 0, 0


class Results(unittest.TestCase):
    def test_digests_and_reads_are_the_published_ones(self):
        for size, case, digest, reads in PUBLISHED:
            work = suite.make("lookup", case, size, 0)
            result = counted(work)
            self.assertEqual((work.check(result, 1), result[1]), (digest, reads))

    def test_the_plain_loop_comes_to_the_same(self):
        for case in suite.cases("lookup"):
            for variant in range(4):
                work = suite.make("lookup", case, "tiny", variant)
                work.check(pure.lookup(work, 1), 1)

    def test_what_goes_wrong_among_workers_is_found(self):
        work = suite.make("lookup", "w100", "tiny", 0)
        pairs, reads, *_ = counted(work)
        lost, torn = pairs.copy(), pairs.copy()
        lost[7] = lost[7, 0] - 1, random.mix1(int(lost[7, 0]) - 1)
        torn[7, 1] += np.uint64(1)
        for wrong, words in [
            ((lost, reads, 0, 0), "digest"),
            ((torn, reads, 0, 0), "entry 7 is torn"),
            ((pairs, reads, 1, 0), "of 9038 reads 1 are torn"),
            ((pairs, reads, 0, 2), "2 saw an older"),
            ((pairs, reads - 1, 0, 0), "9037 reads where 9038 belong"),
            ((pairs[1:], reads, 0, 0), "instead of"),
        ]:
            with self.assertRaisesRegex(Mismatch, words):
                work.check(wrong, 1)

    def test_other_units_are_as_many_operations(self):
        work = suite.make("lookup", "w10", "tiny", 0, None, 77)
        result = counted(work)
        work.answer = f"{random.digest(result[0][:, 0]):016x}"
        self.assertEqual((work.items(), work.check(pure.lookup(work, 1), 1)), (77, int(work.answer, 16)))


class Operations(unittest.TestCase):
    def test_blocks_hold_the_suites_operations_in_order(self):
        work = suite.make("lookup", "w100", "tiny", 1)
        entries, changed = work.operations(0, work.n)
        expected = np.where(changed, ~entries, entries).tolist()
        cuts = [0, 1, 4096, 5000, work.n]
        blocks = [block for cut in zip(cuts, cuts[1:]) for block in operations.blocks(work, *cut)]
        self.assertEqual(np.concatenate(blocks).tolist(), expected)

    def test_stretches_lie_between_changes(self):
        told = operations.stretches(np.array([3, ~1, ~2, 4, 5]))
        self.assertEqual(list(told), [([3], 1), ([], 2), ([4, 5], None)])

    def test_readers_notice_torn_and_older_entries(self):
        reader = operations.Reader(4)
        pairs = [operations.entry(0), operations.entry(2), operations.entry(2)[:8] + operations.entry(1)[8:]]
        reader.see(np.array([3, 3, 3]), b"".join([*pairs]))
        reader.see(np.array([3, 1]), operations.entry(1) * 2)
        self.assertEqual(reader.told(), [5, 1, 1])

    def test_an_entry_changes_as_one(self):
        changed = operations.after(operations.after(operations.entry(0)))
        self.assertEqual(operations.table_of([changed]).tolist(), [[2, random.mix1(2)]])


@needs("peers", None if find_spec("numba") else "numba is not installed")
class Guarded(unittest.TestCase):
    def test_threads_that_all_change_one_entry_lose_nothing_and_tear_nothing(self):
        from peers.numba_kernels import guarding

        table, told = np.zeros(guarding.STRIDE, np.uint64), []
        words = np.uint64(7), np.uint64(0), np.uint64(512)  # one entry, and half of the operations change it
        guarding.consult(*words, 0, 0, table)

        def share(first):
            told.append(guarding.consult(*words, first, first + 200_000, table))

        threads = [threading.Thread(target=share, args=(first,)) for first in range(0, 800_000, 200_000)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        reads, torn, fell = map(sum, zip(*told))
        self.assertEqual((torn, fell), (0, 0))
        ((n, check),) = guarding.pairs(table).tolist()
        self.assertEqual((n, check), (800_000 - reads, random.mix1(n)))

    def test_an_entry_that_is_torn_is_noticed(self):
        from peers.numba_kernels import guarding

        table = np.zeros(guarding.STRIDE, np.uint64)
        table[2] = 1  # a word that belongs to no number
        self.assertEqual(guarding.consult(np.uint64(7), np.uint64(0), np.uint64(0), 0, 10, table), (10, 10, 0))


if __name__ == "__main__":
    unittest.main()
