"""Whole matrices: a product, where blocking for the cache decides, and all distances between points."""

import numpy as np

from peers.suite import random
from peers.suite.workload import Workload


class Matmul(Workload):
    """The product of two square matrices of small integers, exact in any order."""

    NAME, NUMBER, UNIT, LIMIT, KIND = "matmul", 2, "flop", "FMA peak", np.float64

    def make(self):
        n = self.n = self.of(32, 128, 512, 1000, 2000)
        entry = lambda q: (random.stretch(self.seed, q, 2 * n * n, 2) % 17).astype(np.float64).reshape(n, n) - 8
        self.a, self.b = entry(0), entry(1)
        for matrix in (self.a, self.b):
            matrix[n // 3 : n // 2, n // 4 : n // 2] = 0.0

    def items(self):
        return 2 * self.n**3

    def traffic(self):
        return 24.0 * self.n**2, self.items()

    def shape(self):
        return (self.n, self.n)


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
