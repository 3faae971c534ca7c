"""A triad that is added to an array in place, again and again: memory bandwidth.

    repeat K times:
        for i in range(n):
            a[i] += b[i] + 3 * c[i]
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Mismatch, Workload


class Stream(Workload):
    """Three arrays and the number of steps; each run continues from the array of the last run."""

    NAME, NUMBER, UNIT, LIMIT, DTYPE = "stream", 1, "elements", "triad bandwidth", np.float64
    ANY_SIZE = True

    def make(self):
        self.n, self.steps = self.of((1000, 3), (1 << 16, 200), (1 << 22, 4), (1 << 22, 20), (1 << 25, 10))
        if self.units is not None:  # as many items as give these units, in the same number of steps
            self.n = max(1, int(self.units / self.steps + 0.5))
        i = np.arange(self.n)
        self.b, self.c = (i % 1024).astype(np.float64), (i % 1021).astype(np.float64)
        self.a = np.zeros(self.n)

    def items(self):
        return self.n * self.steps

    def shape(self):
        return (self.n,)

    def traffic(self):
        return 32.0 * self.items(), 3.0 * self.items()

    def output(self):
        """None: the result is one of the three arrays."""

    def spoil(self):
        self.a[:] = 0.0

    def check(self, result, runs):
        """Checks `a`, divided by the number of runs that were added to it, exactly."""
        got = np.asarray(result, np.float64)
        if got.shape != (self.n,):
            raise Mismatch(f"{got.shape} instead of {(self.n,)}")
        return self.check_digest(random.digest(got / runs))
