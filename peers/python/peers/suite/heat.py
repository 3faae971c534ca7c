"""Passes over arrays: a triad that memory bandwidth limits, and heat that spreads over a torus."""

import numpy as np

from peers.suite import random
from peers.suite.workload import Mismatch, Workload, near


class Heat(Workload):
    """`u += 0.1 * (up + down + left + right - 4u)` on a torus, from a mode that it only shrinks."""

    NAME, NUMBER, UNIT, LIMIT, EXACT = "heat", 8, "cell updates", "bandwidth of the cache it fits in", False
    RATE = 0.1

    def make(self):
        self.side, self.steps = self.of((32, 10), (256, 100), (640, 50), (640, 500), (4096, 50))
        n = self.side
        wave = lambda waves: np.cos(2 * np.pi * (waves * np.arange(n) % n) / n)
        self._down, self._along = wave(3), wave(5)
        self._shrinks = 1 + self.RATE * (2 * self._down[1] + 2 * self._along[1] - 4)
        self.initial = 1 + np.outer(self._down, self._along)

    def items(self):
        return self.side**2 * self.steps

    def traffic(self):
        return 16.0 * self.items(), 7.0 * self.items()

    def check(self, result, runs):
        """The exact solution within 1e-12, and the mean, which steps keep, within 1e-14."""
        got = np.asarray(result).reshape(-1)
        right = 1 + np.outer(self._shrinks**self.steps * self._down, self._along)
        near(got, right.reshape(-1), 1e-12)
        gained = float(np.sum(got - 1.0)) / got.size
        if not abs(gained) <= 1e-14:
            raise Mismatch(f"the mean moved by {gained:e}, but steps keep it")
        return random.digest(got)
