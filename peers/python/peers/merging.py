"""A parallel merge sort: each worker sorts a part, then all workers merge neighbouring runs until one is left.

A merge can begin anywhere: a binary search finds how many of the first items come from each side. So each worker has a
piece even of the last merge (O. Green, R. McColl and D. Bader, "GPU merge path", 2012).
"""

import numpy as np
from numba import types

from peers.pieces import WORDS, compiled, parts
from peers.suite.sort import KEY_BITS


@compiled(types.int64(WORDS, WORDS, types.int64, types.uint64))
def _from_left(left, right, at, shift):
    """How many of the first `at` items come from the left run; among equals, those of the left run come first."""
    least, most = max(at - right.size, 0), min(at, left.size)
    while least < most:
        middle = (least + most) // 2
        if left[middle] >> shift <= right[at - middle - 1] >> shift:
            least = middle + 1
        else:
            most = middle
    return least


@compiled(types.void(WORDS, WORDS, types.int64, types.uint64[::1], types.uint64))
def merge(left, right, at, out, shift):
    """Merges two runs by their bits from `shift` on, and writes the items from place `at` on.

    The choice of the next item is computed without a branch: it is random, so half of all predictions would be wrong.
    """
    i = _from_left(left, right, at, shift)
    j, k = at - i, 0
    while k < out.size and i < left.size and j < right.size:
        steps = min(out.size - k, left.size - i, right.size - j)  # too few steps to exhaust a run
        for k in range(k, k + steps):
            x, y = left[i], right[j]
            from_right = y >> shift < x >> shift
            out[k] = y if from_right else x
            i += not from_right
            j += from_right
        k += 1
    while k < out.size and i < left.size:
        out[k] = left[i]
        i, k = i + 1, k + 1
    while k < out.size:
        out[k] = right[j]
        j, k = j + 1, k + 1


class Sorting:
    """The steps of a sort; every worker does a part of each step before the next one begins."""

    def __init__(self, work, both, workers):
        self.work, self.both = work, both  # two arrays that take turns as the target
        self.bounds = parts(work.n, workers)
        self.shift = 0 if work.records is None else KEY_BITS
        self.edges = [[0, *(last for _, last in self.bounds)]]  # the bounds of the runs before each merge
        while len(self.edges[-1]) > 2:
            edges = self.edges[-1]
            self.edges.append([*edges[:-1:2], edges[-1]])
        self.steps = len(self.edges)
        self.result = both[(self.steps - 1) % 2]

    def step(self, number, worker):
        """A worker's part of a step."""
        first, last = self.bounds[worker]
        if number == 0:
            self.sort(first, last)
        else:
            self.merge(self.edges[number - 1], self.both[(number - 1) % 2], self.both[number % 2], first, last)

    def sort(self, first, last):
        """Sorts a part by NumPy, which releases the GIL."""
        part = self.both[0][first:last]
        if self.work.records is None:
            np.copyto(part, self.work.keys[first:last])
            part.sort()
        else:
            order = np.argsort(self.work.records["key"][first:last], kind="stable")
            np.take(self.work.keys[first:last], order, out=part, mode="clip")  # other modes copy first

    def merge(self, edges, source, target, first, last):
        """Writes the places from `first` up to `last`, from all pairs of runs that they belong to."""
        for start, middle, end in zip(edges[:-1:2], edges[1::2], [*edges[2::2], edges[-1]]):
            begin, until = max(first, start), min(last, end)
            if begin < until:
                merge(source[start:middle], source[middle:end], begin - start, target[begin:until], self.shift)
