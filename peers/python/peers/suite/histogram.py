"""A histogram, with contention on a few words: each key adds one to its bin.

    for i in range(n):
        bin = random(i) % bins, or a skewed choice of 256
        counts[bin] += 1
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Workload


class Histogram(Workload):
    """The number of keys and of bins; a result is the count of each bin."""

    NAME, NUMBER, UNIT, LIMIT, DTYPE = "histogram", 12, "items", "uncontended increments", np.int64
    CASES = ("256", "1", "skewed", "65536")
    ANY_SIZE = True

    def make(self):
        self.n = self.counted(10_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
        self.bins = {"256": 256, "1": 1, "skewed": 256, "65536": 65536}[self.case]
        self.mask = self.bins - 1
        self.skewed = self.case == "skewed"

    def items(self):
        return self.n

    def shape(self):
        return (self.bins,)

    def check(self, result, runs):
        counts = np.asarray(result)
        return self.check_digest(random.digest(counts.reshape(self.bins).astype(np.int64)))
