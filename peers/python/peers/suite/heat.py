"""Neighbour exchange and a barrier after every step: heat that spreads over a torus.

    repeat steps times:
        for each cell of the old grid:
            new = u + 0.1 * (up + down + left + right - 4 * u), with indices that wrap around
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Mismatch, Workload, check_near, root


class Heat(Workload):
    """A square grid that starts as an eigenmode, which a step only scales, so the exact result is known."""

    NAME, NUMBER, UNIT, LIMIT, EXACT = "heat", 8, "cell updates", "bandwidth of the cache it fits in", False
    ANY_SIZE = True
    RATE = 0.1

    def make(self):
        self.side, self.steps = self.of((32, 10), (256, 100), (640, 50), (640, 500), (4096, 50))
        if self.units is not None:  # a torus of about as many units, large enough for both waves
            self.side = max(8, root(self.units / self.steps, 2))
        n = self.side
        wave = lambda waves: np.cos(2 * np.pi * (waves * np.arange(n) % n) / n)
        self._down, self._along = wave(3), wave(5)
        self._step_factor = 1 + self.RATE * (2 * self._down[1] + 2 * self._along[1] - 4)
        self.initial = 1 + np.outer(self._down, self._along)

    def items(self):
        return self.side**2 * self.steps

    def traffic(self):
        return 16.0 * self.items(), 7.0 * self.items()

    def output(self):
        """Two grids: each step reads one and writes the other."""
        return np.empty((2, self.side, self.side))

    def check(self, result, runs):
        """Checks the exact solution within 1e-12 and the mean, which no step changes, within 1e-14."""
        got = np.asarray(result).reshape(-1)
        exact = 1 + np.outer(self._step_factor**self.steps * self._down, self._along)
        check_near(got, exact.reshape(-1), 1e-12)
        drift = float(np.sum(got - 1.0)) / got.size
        if not abs(drift) <= 1e-14:
            raise Mismatch(f"the mean moved by {drift:e}, but a step must not change it")
        return random.digest(got)
