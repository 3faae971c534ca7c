"""The distances between all pairs of points: a loop nest to vectorise.

    for i in range(m):
        for j in range(m):
            distance[i, j] = sqrt((x[i] - x[j])**2 + (y[i] - y[j])**2 + (z[i] - z[j])**2)
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Workload, root


class Pairwise(Workload):
    """Points in space; coordinates have 20 fractional bits, so sums of squares are exact."""

    NAME, NUMBER, UNIT, DTYPE = "pairwise", 4, "pairs", np.float64
    LIMIT = "store bandwidth, square-root rate"
    ANY_SIZE = True

    def make(self):
        self.m = self.of(64, 500, 2000, 5000, 10000) if self.units is None else root(self.units, 2)
        self.points = (random.stretch(self.seed, 0, 3 * self.m) >> np.uint64(44)).astype(np.float64) / 2**20
        self.points = self.points.reshape(self.m, 3)

    def items(self):
        return self.m**2

    def traffic(self):
        return 8.0 * self.items(), 9.0 * self.items()

    def shape(self):
        return (self.m, self.m)
