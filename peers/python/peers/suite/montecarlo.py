"""A Monte Carlo count of random points in a quarter circle: the control that must scale perfectly.

    for i in range(samples):
        x, y = random(2 * i) >> 33, random(2 * i + 1) >> 33
        hits += x * x + y * y < 2**62
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Workload


class MonteCarlo(Workload):
    """The number of points; a result is the number of those within 2^31 of the origin."""

    NAME, NUMBER, UNIT, LIMIT = "montecarlo", 7, "samples", "integer multiply peak"

    ANY_SIZE = True

    def make(self):
        self.samples = self.counted(10_000, 1_000_000, 10_000_000, 250_000_000, 2_500_000_000)

    def items(self):
        return self.samples

    def check(self, result, runs):
        return self.check_digest(random.digest(np.array([int(result)], np.int64)))
