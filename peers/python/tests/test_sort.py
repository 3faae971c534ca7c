"""Sorting: the suite's inputs, results that are not quite sorted, and merges that begin at any place."""

import unittest
from importlib.util import find_spec

import numpy as np

from peers import suite
from peers.merging import Sorting, merge
from peers.suite import random
from peers.suite.workload import Mismatch
from tests.optional import needs

KEYS = ("random", "nearly")


class Inputs(unittest.TestCase):
    def test_keys_and_records_are_those_that_are_defined(self):
        drawn = [random.at1(0x5EED_0000_0000_0012, i) for i in range(1000)]
        made = {case: suite.make("sort", case, "tiny", 0) for case in suite.cases("sort")}
        self.assertEqual(made["random"].keys.tolist(), drawn)
        self.assertEqual(made["nearly"].keys.tolist(), [i + word % 16 for i, word in enumerate(drawn)])
        self.assertEqual(made["stable"].records["key"].tolist(), [word >> 48 for word in drawn])
        self.assertEqual(made["stable"].keys.tolist(), [word >> 48 << 32 | i for i, word in enumerate(drawn)])

    def test_what_is_not_quite_sorted_is_rejected(self):
        for case in KEYS:
            work = suite.make("sort", case, "tiny", 1)
            right = np.sort(work.keys)
            work.check(right, 1)
            work.check(right.tolist(), 1)
            swapped = right.copy()
            swapped[[0, 999]] = swapped[[999, 0]]
            other = right.copy()
            other[7] ^= np.uint64(1 << 40)
            for wrong in [work.keys, swapped, other, right[::-1], right[:-1], work.prepare().out]:
                with self.assertRaises(Mismatch):
                    work.check(wrong, 1)

    def test_equal_keys_in_another_order_are_rejected_in_whatever_form_they_come(self):
        work = suite.make("sort", "stable", "small", 2)
        right = work.records[np.argsort(work.records["key"], kind="stable")]
        twin = int(np.flatnonzero(right["key"][1:] == right["key"][:-1])[0])
        wrong = right.copy()
        wrong[[twin, twin + 1]] = wrong[[twin + 1, twin]]
        forms = [
            lambda records: records,
            lambda records: records.view(np.uint64),
            lambda records: (records["key"], records["index"]),
            lambda records: list(zip(records["key"].tolist(), records["index"].tolist())),
        ]
        for form in forms:
            work.check(form(right), 1)
            with self.assertRaises(Mismatch):
                work.check(form(wrong), 1)


class Merges(unittest.TestCase):
    def test_any_piece_is_that_of_the_whole(self):
        drawn = np.random.default_rng(7)
        for sizes in [(0, 0), (0, 5), (5, 0), (1, 1), (20, 33)]:
            runs = [np.sort(drawn.integers(0, 9, size)).astype(np.uint64) << np.uint64(32) for size in sizes]
            left, right = (run | np.uint64(side) for side, run in enumerate(runs))  # which side an item comes from
            whole = sorted([*left.tolist(), *right.tolist()], key=lambda word: word >> 32)
            for at in range(len(whole) + 1):
                for end in range(at, len(whole) + 1):
                    out = np.full(end - at, 99, np.uint64)
                    merge(left, right, at, out, 32)
                    self.assertEqual(out.tolist(), whole[at:end])

    def test_any_number_of_workers_sorts_each_case(self):
        for case in suite.cases("sort"):
            for workers in (1, 2, 3, 4, 7):
                work = suite.make("sort", case, "tiny", 3)
                sorting = Sorting(work, np.zeros((2, work.n), np.uint64), workers)
                for number in range(sorting.steps):
                    for worker in reversed(range(workers)):
                        sorting.step(number, worker)
                work.check(sorting.result, 1)

    def test_a_step_that_is_left_out_is_found(self):
        for case in suite.cases("sort"):
            work = suite.make("sort", case, "tiny", 0)
            sorting = Sorting(work, np.zeros((2, work.n), np.uint64), 2)
            for worker in (0, 1):
                sorting.step(0, worker)
            with self.assertRaises(Mismatch):
                work.check(sorting.both[0], 1)


@needs("peers", None if find_spec("numba") else "numba is not installed")
class Compiled(unittest.TestCase):
    def test_any_number_of_threads_merges(self):
        from peers.numba_kernels.sorting import merged
        from peers.systems.numba_ import edges

        for case in KEYS:
            for workers in (1, 2, 3, 7):
                work = suite.make("sort", case, "tiny", 1)
                work.check(merged(work.keys, np.zeros((2, work.n), np.uint64), edges(work.n, workers)), 1)

    def test_records_are_dealt_out_by_both_bytes_of_their_keys(self):
        from peers.numba_kernels.sorting import dealt

        for size in ("tiny", "small"):
            work = suite.make("sort", "stable", size, 1).prepare()
            dealt(work.keys, np.empty_like(work.out), work.out)
            work.check(work.out, 1)


if __name__ == "__main__":
    unittest.main()
