"""The suite's inputs and checks in Python, tested with published answers and with wrong results."""

import unittest
from unittest import mock

import numpy as np

from peers import suite
from peers.suite import random
from peers.suite.fanout import result_of
from peers.suite.gridsearch import Best
from peers.suite.mailbox import tally
from peers.suite.workload import Mismatch, Unavailable
from peers.systems import pure


class Random(unittest.TestCase):
    def test_the_first_output_of_splitmix64_is_the_published_one(self):
        self.assertEqual(random.at1(0, 0), 0xE220A8397B1DCDAF)

    def test_arrays_give_what_single_words_give(self):
        key = random.seed(3, 2)
        self.assertEqual(random.stretch(key, 5, 50, 3).tolist(), [random.at1(key, i) for i in range(5, 50, 3)])
        self.assertEqual(int(random.spin(np.array([7]), 3)[0]), random.spin1(7, 3))
        self.assertEqual(f"{random.spin1(7, 3):016x}", "9c01479161bc5d78")

    def test_a_digest_sees_values_and_places(self):
        values = np.arange(100_000)
        one_by_one = sum(random.mix1(int(v) ^ random.mix1(i)) for i, v in enumerate(values)) & random.MASK
        self.assertEqual(random.digest(values), one_by_one)
        self.assertNotEqual(random.digest(values[::-1]), one_by_one)
        self.assertEqual(random.digest(np.array([-0.0])), random.digest(np.array([0.0])))


class Answers(unittest.TestCase):
    """Whole workloads, solved here in a plain way, have the digests of the suite's own table."""

    def test_published_digests(self):
        for name, size, digest in [
            ("matmul", "tiny", 0xE541AB08C4B99034),
            ("matmul", "small", 0x375D12263483C2AA),
            ("matmul", "headline", 0x96993D224E5128B8),
            ("pairwise", "tiny", 0x67368BB1C29A2DFB),
            ("pairwise", "small", 0xDB6D3F6A3C4A3ACF),
            ("pairwise", "headline", 0x9220ABDDF9F0D5A7),
        ]:
            self.assertEqual(suite.make(name, "", size, 0).expected(), digest)

    def test_right_results_are_right_on_every_variant_and_wrong_ones_are_not(self):
        for variant in range(4):
            for case, other in [("", np.float32), ("f32", np.float64)]:
                work = suite.make("matmul", case, "small", variant)
                right = work.a @ work.b
                self.assertEqual(work.check(right, 1), suite.make("matmul", "", "small", variant).expected())
                wrongs = [np.zeros_like(right), right.T, right[:-1], -right, right + (right == right[3, 5])]
                for wrong in [*wrongs, right.astype(other)]:
                    with self.assertRaises(Mismatch):
                        work.check(wrong, 1)

    def test_best_penalties_are_the_published_ones(self):
        published = [("tiny", 2, 398486.233873), ("small", 11, 336441.226368), ("headline", 17, 333645.538696)]
        for size, power, error in published:
            work = suite.make("gridsearch", "", size, 0)
            told = work.metrics(work.expected_errors())
            self.assertEqual(told["best_lambda_log2"], power)
            self.assertAlmostEqual(told["best_error"], error, delta=1e-8 * error)

    def test_a_search_that_drops_penalties_must_keep_the_best_and_score_it_on_all_rows(self):
        for variant in range(4):
            work = suite.make("gridsearch", "", "small", variant)
            right = work.expected_errors()
            best = int(np.argmin(right.mean(axis=1)))
            work.check(Best(best, right[best]), 1)
            self.assertEqual(work.metrics(Best(best, right[best])), work.metrics(right))
            fewer_rows = right[best] * (1 + 1e-7)  # as leaving out a few rows would change it
            for wrong in [(best - 1, right[best - 1]), (best - 1, right[best]), (best, fewer_rows), (best, right[best][:4])]:
                with self.assertRaises(Mismatch):
                    work.check(Best(*wrong), 1)

    def test_hits_are_the_published_ones(self):
        for size, lru, unbounded in [("tiny", 1319, 1775), ("small", 52735, 78322), ("headline", 52735, 78322)]:
            hits = suite.make("memo", "128", size, 0).expected_hits()
            self.assertEqual((hits["lru"], hits["unbounded"]), (lru, unbounded))

    def test_calls_that_hits_do_not_explain_are_rejected(self):
        work = suite.make("memo", "16", "tiny", 0)
        known = {}
        for key in work.keys:
            if key not in known:
                known[key] = work.compute(key)
        total = sum(known[key] for key in work.keys) & random.MASK
        hits = len(work.keys) - len(known)
        work.check((total, hits, "unbounded"), 1)
        for result, runs in [((total, hits, "unbounded"), 2), ((total, hits - 1, "unbounded"), 1), ((total, hits, "lru"), 1)]:
            with self.assertRaises(Mismatch):
                work.check(result, runs)

    def test_messages_lost_or_out_of_order_are_rejected(self):
        work = suite.make("mailbox", "4to1", "tiny", 0)
        right = list(range(work.count))
        work.check([tally(right, 4)], 1)
        swapped = right[:]
        swapped[0], swapped[4] = swapped[4], swapped[0]
        for wrong in [swapped, right[:-1], right + [3], [*right[:5], right[4], *right[6:]]]:
            with self.assertRaises(Mismatch):
                work.check([tally(wrong, 4)], 1)

    def test_early_and_missing_waits_are_rejected(self):
        work = suite.make("fanout", "", "tiny", 0)
        right = work.expected_results
        with self.assertRaises(Mismatch):
            work.check(right, 1)
        for i in range(work.n):
            work.begin(i)
            work.end(i)  # immediately, so too early
        with self.assertRaises(Mismatch):
            work.check(right, 1)

    def test_results_of_waits_are_right_only_with_their_opaque_work(self):
        work = suite.make("fanout", "", "tiny", 0)
        with mock.patch.object(work, "limit", work.n):
            for i in range(work.n):
                work.begin(i)
        while max(work.remaining(i) for i in range(work.n)) > 0:
            pass
        right = [work.finish(i) for i in range(work.n)]
        self.assertEqual(work.check(right, 1), 0xA459A87498118F6B)
        for instead in [result_of(3, 0), result_of(3, work.turns - 1), random.mix1(3)]:
            with self.assertRaises(Mismatch):
                work.check([*right[:3], instead, *right[4:]], 1)

    def test_a_graph_without_dependencies_shows_every_task(self):
        for size, digest in [("tiny", 0x96FF2AF675B38116), ("small", 0x6CA514A866C61C26)]:
            work = suite.make("taskgraph", "trivial", size, 0)
            right = pure.taskgraph(work, None)
            self.assertEqual(len(right), work.items())
            self.assertEqual(work.check(right, 1), digest)
            last = right[-work.columns :]
            skipped = [0] * (len(right) - len(last)) + last
            for wrong in [last, skipped, [*right[:5], 0, *right[6:]], [right[1], right[0], *right[2:]]]:
                with self.assertRaises(Mismatch):
                    work.check(wrong, 1)

    def test_the_last_row_of_the_other_graphs_needs_every_task(self):
        for case in ["stencil", "fft", "random", "all"]:
            work = suite.make("taskgraph", case, "tiny", 0)
            wanted, tasks = set(range(work.width)), work.width
            for needs in work.needs[:0:-1]:
                wanted = {q for p in wanted for q in needs[p]}
                tasks += len(wanted)
            self.assertEqual(tasks, work.items(), case)
            work.check(pure.taskgraph(work, None), 1)

    def test_other_turns_and_units_have_the_answer_that_comes_along(self):
        # the digests are those of the Rust suite's reference
        for turns, units, digest in [(3, None, "c76af91fb422cf8a")]:
            work = suite.make("taskgraph", "stencil", "tiny", 0, turns, units, digest)
            self.assertEqual(work.check(pure.taskgraph(work, None), 1), int(digest, 16))
            for other_turns, other_units in [(turns + 1, units), (turns, 8), (None, None)]:
                other = suite.make("taskgraph", "stencil", "tiny", 0, other_turns, other_units, digest)
                with self.assertRaises(Mismatch):
                    work.check(pure.taskgraph(other, None), 1)
            with self.assertRaisesRegex(Unavailable, "--answer"):
                untold = suite.make("taskgraph", "stencil", "tiny", 0, turns, units)
                untold.check(pure.taskgraph(untold, None), 1)

    def test_units_are_tasks_in_whole_rows(self):
        for case in suite.cases("taskgraph"):
            for units, columns, rows in [(1, 1, 1), (7, 7, 1), (160, 16, 10), (167, 16, 10), (1600, 16, 100)]:
                work = suite.make("taskgraph", case, "small", 0, None, units)
                self.assertEqual((work.columns, work.items()), (columns, columns * rows), (case, units))

    def test_as_many_units_as_a_size_has_make_the_same_input(self):
        sized = []
        for workload in suite.workloads():
            for case in suite.cases(workload):
                named = suite.make(workload, case, "tiny", 1)
                if named.ANY_SIZE:
                    sized.append(workload)
                    own = suite.make(workload, case, "tiny", 1, None, int(named.items()))
                    self.assertEqual(own.facts(), named.facts(), (workload, case))
                    few = suite.make(workload, case, "tiny", 1, None, 16)
                    self.assertTrue(0 < few.items() < named.items(), (workload, case))
        self.assertEqual(len(set(sized)), 12, sized)

    def test_units_are_rounded_as_the_rust_suite_does(self):
        for workload, case, asked, made in [
            ("pairwise", "", 1000, 32 * 32),
            ("matmul", "f32", 1, 2),
            ("expression", "E1", 1, 2),
            ("expression", "E2", 1, 9),
            ("montecarlo", "", 10, 10),
            ("stream", "", 10, 9),
            ("heat", "", 1, 640),
            ("julia", "", 1, 130),
        ]:
            self.assertEqual(suite.make(workload, case, "tiny", 0, None, asked).items(), made, (workload, case))

    def test_what_has_the_named_sizes_only_says_so(self):
        for workload, units in [("treesearch", 100), ("montecarlo", 0), ("montecarlo", -1)]:
            with self.assertRaisesRegex(Unavailable, f"no input of {workload} has {units} units"):
                suite.make(workload, "", "tiny", 0, None, units)

    def test_values_of_other_turns_are_remembered_and_checked(self):
        own, other = (suite.make("memo", "16", "tiny", 0, turns) for turns in (None, 5))
        self.assertNotEqual(own.compute(7), other.compute(7))
        self.assertEqual(other.compute(7), random.spin1(7, 5))
        total = sum(random.spin1(key, 5) for key in other.keys) & random.MASK
        other.answer = f"{random.digest(np.array([total], np.uint64)):016x}"
        other.calls = len(other.keys)
        other.check((total, 0, "nothing"), 1)
        with self.assertRaises(Mismatch):
            other.check((total + 1, 0, "nothing"), 1)

    def test_an_unknown_case_is_not_taken_for_another(self):
        for workload in ["expression", "taskgraph", "histogram", "mailbox", "serve"]:
            kind = type(suite.make(workload, suite.cases(workload)[0], "tiny", 0))
            self.assertEqual(list(kind.CASES), suite.cases(workload))
            with mock.patch.object(kind, "CASES", (*kind.CASES, "another")):
                with self.assertRaises(KeyError, msg=workload):
                    kind("another", "tiny", 0)

    def test_a_field_that_did_not_step_or_leaks_is_rejected(self):
        work = suite.make("heat", "", "tiny", 0)
        u = work.initial
        for _ in range(work.steps):
            u = u + work.RATE * (np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u)
        work.check(u, 1)
        for wrong in [work.initial, u - 1e-13, u * np.nan]:
            with self.assertRaises(Mismatch):
                work.check(wrong, 1)


if __name__ == "__main__":
    unittest.main()
