"""Counts over a stream of random numbers: points in a circle, and keys in bins."""

import numpy as np

from peers.suite import random
from peers.suite.workload import Workload


class MonteCarlo(Workload):
    """How many points `(at(2i) >> 33, at(2i+1) >> 33)` fall into a quarter circle of radius 2^31."""

    NAME, NUMBER, UNIT, LIMIT = "montecarlo", 7, "samples", "integer multiply peak"

    def make(self):
        self.samples = self.of(10_000, 1_000_000, 10_000_000, 250_000_000, 2_500_000_000)

    def items(self):
        return self.samples

    def check(self, result, runs):
        return self.judge(random.digest(np.array([int(result)], np.int64)))
