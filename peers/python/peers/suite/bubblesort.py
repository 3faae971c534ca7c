"""A scalar loop with a loop-carried dependency: the textbook bubble sort, whose comparisons wait for each other.

    for end in n, n - 1, ..., 2, until a pass swaps nothing:
        for i in 1, ..., end - 1:
            swap values[i - 1] and values[i] if the first is larger
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Mismatch, Workload


class Bubblesort(Workload):
    """Values to sort, in a new copy for each run; a result is `(values, comparisons, swaps)`."""

    NAME, NUMBER, UNIT, LIMIT, DTYPE = "bubblesort", 6, "comparisons", "a minimum and a maximum per comparison", np.int64

    def make(self):
        n = self.of(100, 2000, 5000, 20_000, 100_000)
        self.values = (random.stretch(self.seed, 0, n) % np.uint64(n)).astype(np.int64)

    def items(self):
        """The number of comparisons: a pass moves each value that has a larger one before it one place to the left."""
        n = len(self.values)
        order = np.argsort(self.values, kind="stable")
        passes = min(int(np.max(order - np.arange(n))) + 1, n - 1)
        return sum(n - 1 - k for k in range(passes))

    def shape(self):
        return self.values.shape

    def check(self, result, runs):
        values, comparisons, swaps = result
        values = np.asarray(values, np.int64)
        if values.shape != self.values.shape:
            raise Mismatch(f"{values.shape} instead of {self.values.shape}")
        counts = np.array([comparisons, swaps], np.int64)
        return self.check_digest(random.digest(np.concatenate([values, counts])))

    def metrics(self, result):
        return {"comparisons": float(result[1]), "swaps": float(result[2])}
