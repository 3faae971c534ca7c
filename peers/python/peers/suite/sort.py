"""Sorting by divide and conquer: parts are sorted separately, and a last step combines them.

    out = copy of keys, or of records that are compared by their keys alone
    sort(out)
"""

from itertools import chain

import numpy as np

from peers.suite import random
from peers.suite.workload import Mismatch, Workload

# A record is one word in memory, with the key in the upper half; unused bytes are zeros.
RECORD = np.dtype([("index", "<u4"), ("key", "<u2"), ("unused", "<u2")])
KEY_BITS = 32  # where the key begins in the word of a record


class Sort(Workload):
    """Words to sort, in a new copy for each run; in the case `stable`, records, whose equal keys keep their order.

    A result is an array of words. Records may come as an array of RECORD, as two arrays (keys and indices), or as a
    list of pairs of these.
    """

    NAME, NUMBER, UNIT, LIMIT, DTYPE = "sort", 18, "items", "memory bandwidth, once in and once out", np.uint64
    CASES = ("random", "nearly", "stable")
    ANY_SIZE = True

    def make(self):
        self.n = self.counted(1_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
        drawn, self.records = random.stretch(self.seed, 0, self.n), None
        if self.case == "stable":
            self.records = np.zeros(self.n, RECORD)
            self.records["key"], self.records["index"] = drawn >> np.uint64(48), np.arange(self.n)
            self.keys = self.records.view(np.uint64)
        else:
            own_place = np.arange(self.n, dtype=np.uint64)
            self.keys = {"random": drawn, "nearly": own_place + drawn % np.uint64(16)}[self.case]

    def items(self):
        return self.n

    def traffic(self):
        return 16.0 * self.n, 0.0

    def check(self, result, runs):
        words = self.words(result) if self.records is not None else np.asarray(result, np.uint64)
        if words.shape != self.shape():
            raise Mismatch(f"{words.shape} instead of {self.shape()}")
        return self.check_digest(random.digest(words))

    def words(self, result):
        """Records as words, from any of their forms."""
        if isinstance(result, tuple):
            keys, indices = result
            return np.asarray(keys, np.uint64) << np.uint64(KEY_BITS) | np.asarray(indices, np.uint64)
        if isinstance(result, list):
            flat = np.fromiter(chain.from_iterable(result), np.uint64)
            return self.words((flat[::2], flat[1::2]))
        return np.asarray(result).view(np.uint64)
