"""Compiled kernels return the results of plain loops, at lengths that leave vectors, blocks and passes incomplete."""

import unittest
from importlib.util import find_spec

import numpy as np

from peers import native, suite
from peers.suite import random
from peers.suite.workload import Mismatch
from tests.optional import needs


def sorted_by_the_textbook(values):
    """The sorted values, the comparisons and the swaps, by one pass after the other."""
    values, comparisons, swaps = list(values), 0, 0
    for end in range(len(values), 1, -1):
        before = swaps
        for i in range(1, end):
            if values[i - 1] > values[i]:
                values[i - 1], values[i] = values[i], values[i - 1]
                swaps += 1
        comparisons += end - 1
        if swaps == before:
            break
    return values, comparisons, swaps


def arrays_to_sort():
    """Short arrays: with many equal values, sorted, in reverse order, and with the least of all integers."""
    least = np.iinfo(np.int64).min
    for n in range(14):
        yield np.arange(n)
        yield np.arange(n)[::-1].copy()
        yield np.array([least, 3, least, 2, 5, least][:n], np.int64)
        for turn in range(20):
            yield (random.stretch(turn, 100 * n, 101 * n) % np.uint64(5)).astype(np.int64)


class Sorts(unittest.TestCase):
    def holds(self, bubble):
        for values in arrays_to_sort():
            mine = values.copy()
            counts = bubble(mine)
            self.assertEqual((mine.tolist(), *counts), sorted_by_the_textbook(values.tolist()), values)

    @needs("peers", None if find_spec("numba") else "numba is not installed")
    def test_passes_in_flight_make_the_comparisons_of_the_plain_loop_in_numba(self):
        from peers.numba_kernels.sorting import bubble

        self.holds(bubble)

    @needs("peers", native.absent("cython"))
    def test_passes_in_flight_make_the_comparisons_of_the_plain_loop_in_cython(self):
        self.holds(native.load("cython").bubble)

    @needs("peers", native.absent("pythran"))
    def test_passes_in_flight_make_the_comparisons_of_the_plain_loop_in_pythran(self):
        self.holds(native.load("pythran").bubble)


def escape(x, y, limit):
    steps = 0
    while x * x + y * y < 4.0 and steps < limit:
        x, y = x * x - y * y - 0.62772, 2.0 * x * y - 0.42193
        steps += 1
    return steps


class Lanes(unittest.TestCase):
    def holds(self, rows):
        """Checks rows that no block fills, and limits that are no multiple of the steps at a time."""
        ys = np.linspace(-0.3, 1.2, 3)
        for m in (1, 31, 33, 70):
            for limit in (1, 7, 50):
                xs, out = np.linspace(-1.7, 1.6, m), np.full((3, m), -1, np.int32)
                rows(xs, ys, limit, out)
                self.assertEqual(out.tolist(), [[escape(x, y, limit) for x in xs.tolist()] for y in ys.tolist()])

    @needs("peers", None if find_spec("numba") else "numba is not installed")
    def test_points_in_flight_escape_where_single_ones_do_in_numba(self):
        from peers.numba_kernels.lanes import escape_rows

        self.holds(lambda xs, ys, limit, out: escape_rows(xs, ys, limit, 0, len(ys), out))

    @needs("peers", native.absent("cython"))
    def test_points_in_flight_escape_where_single_ones_do_in_cython(self):
        self.holds(native.load("cython").escape_counts)

    @needs("peers", native.absent("pythran"))
    def test_points_in_flight_escape_where_single_ones_do_in_pythran(self):
        self.holds(native.load("pythran").escape_counts)


@needs("peers", None if find_spec("numba") else "numba is not installed")
class Trees(unittest.TestCase):
    def test_threads_that_share_what_is_left_count_each_node_once(self):
        from peers.numba_kernels import tree
        from peers.systems.numba_ import stacks
        from peers.systems.pure import walk

        for size in ("tiny", "small"):
            work = suite.make("treesearch", "", size, 0)
            roots, odds = np.array(work.branches(), np.uint64), np.uint64(work.odds)
            right = walk(work.branches(), work.odds, work.CHILDREN)
            self.assertEqual(tree.search(roots, odds, *stacks(work, 1)), right)
            for workers in (1, 2, 5):
                self.assertEqual(tree.search_all(roots, odds, *stacks(work, workers)), right)

    def test_a_tree_of_leaves_and_a_stack_that_is_too_small(self):
        from peers.numba_kernels import tree

        hashes, depths = np.empty((1, tree.FLIGHT * tree.CHILDREN), np.uint64), np.empty((1, 128), np.int32)
        roots = np.arange(5, dtype=np.uint64)
        self.assertEqual(tree.search(roots, np.uint64(0), hashes, depths), (5, 5, 1))
        with self.assertRaises(MemoryError):
            tree.search(roots, np.uint64(1 << 32), hashes, depths)


class Prepared(unittest.TestCase):
    def test_a_prepared_result_is_wrong_until_a_run_writes_it(self):
        for name, case in [("matmul", ""), ("pairwise", ""), ("julia", ""), ("gridsearch", ""), ("expression", "E1"),
                           ("expression", "E2"), ("histogram", "256"), ("heat", "")]:
            work = suite.make(name, case, "tiny", 0).prepare()
            with self.assertRaises(Mismatch):
                work.check(work.out[0] if name == "heat" else work.out, 1)

    def test_it_is_overwritten_before_each_sample(self):
        work = suite.make("matmul", "", "tiny", 0).prepare()
        np.matmul(work.a, work.b, out=work.out)
        work.check(work.out, 1)
        work.spoil()
        with self.assertRaises(Mismatch):
            work.check(work.out, 1)


if __name__ == "__main__":
    unittest.main()
