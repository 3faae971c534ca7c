"""Whole matrices: a product, where blocking for the cache decides, and all distances between points."""

import numpy as np

from peers.suite import random
from peers.suite.workload import Workload


class Pairwise(Workload):
    """The distances between all pairs of points; coordinates have 20 fractional bits."""

    NAME, NUMBER, UNIT, KIND = "pairwise", 4, "pairs", np.float64
    LIMIT = "store bandwidth, square-root rate"

    def make(self):
        self.m = self.of(64, 500, 2000, 5000, 10000)
        self.points = (random.stretch(self.seed, 0, 3 * self.m) >> np.uint64(44)).astype(np.float64) / 2**20
        self.points = self.points.reshape(self.m, 3)

    def items(self):
        return self.m**2

    def traffic(self):
        return 8.0 * self.items(), 9.0 * self.items()

    def shape(self):
        return (self.m, self.m)
