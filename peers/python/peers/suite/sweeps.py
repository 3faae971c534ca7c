"""Passes over arrays: a triad that memory bandwidth limits, and heat that spreads over a torus."""

import numpy as np

from peers.suite import random
from peers.suite.workload import Mismatch, Workload, near


class Stream(Workload):
    """`a += b + 3*c`, K times; runs go on from where the last one stopped."""

    NAME, NUMBER, UNIT, LIMIT, KIND = "stream", 1, "elements", "triad bandwidth", np.float64

    def make(self):
        self.n, self.steps = self.of((1000, 3), (1 << 16, 200), (1 << 22, 4), (1 << 22, 20), (1 << 25, 10))
        i = np.arange(self.n)
        self.b, self.c = (i % 1024).astype(np.float64), (i % 1021).astype(np.float64)
        self.a = np.zeros(self.n)

    def items(self):
        return self.n * self.steps

    def shape(self):
        return (self.n,)

    def traffic(self):
        return 32.0 * self.items(), 3.0 * self.items()

    def spoil(self):
        self.a[:] = 0.0

    def check(self, result, runs):
        """The array divided by the number of runs that added onto it, exactly."""
        got = np.asarray(result, np.float64)
        if got.shape != (self.n,):
            raise Mismatch(f"{got.shape} where {(self.n,)} belongs")
        return self.judge(random.digest(got / runs))


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
