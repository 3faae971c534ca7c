"""Work in many small pieces: a graph of tasks that is known, and a tree that is found while walking it."""

import numpy as np

from peers.suite import random
from peers.suite.random import MASK, at1
from peers.suite.workload import Workload


class TaskGraph(Workload):
    """The grid of Task Bench (Slaughter et al., SC 2020): each task hashes some results of the row before.

    Where nothing is needed (`trivial`), the last row would not tell that the others were left out, and nothing keeps
    the rows apart. So all tasks of the grid stand in one row there, which is the result.
    """

    NAME, NUMBER, UNIT, LIMIT, KIND = "taskgraph", 9, "tasks", "spin rate x cores", np.uint64
    CASES = ("stencil", "trivial", "fft", "random", "all")

    def make(self):
        self.columns, rows, self.turns = self.of(
            (8, 8, 16), (16, 100, 256), (64, 250, 1024), (64, 250, 4096), (256, 1000, 256)
        )
        joined = rows if self.case == "trivial" else 1
        self.width, self.depth = self.columns * joined, rows // joined
        self.needs = [[self._needs(t, p) for p in range(self.width)] for t in range(self.depth)]
        own = random.stretch(self.seed, 0, self.width * self.depth).reshape(self.depth, self.width)
        self.own = own.tolist()

    def _needs(self, t, p):
        """The tasks of the row before that a task needs, in rising order."""
        everyone = range(self.width)
        if t == 0 or self.case == "trivial":
            return []
        if self.case == "all":
            return list(everyone)
        if self.case == "random":
            chance = lambda q: at1(self.seed, (t * self.width + p) * self.width + q) % 4 == 0
            return [q for q in everyone if q == p or abs(q - p) <= 5 and chance(q)]
        levels = (self.width - 1).bit_length()
        apart = {"fft": 1 << (t + levels - 1) % levels, "stencil": 1}[self.case]
        return [q for q in (p - apart, p, p + apart) if q in everyone]

    def items(self):
        return self.width * self.depth

    def shape(self):
        return (self.width,)

    def check(self, result, runs):
        got = np.array([int(value) for value in result], np.uint64)
        return super().check(got, runs)

    def digest(self, got):
        """The sum of the digests of all rows of the grid that the result has, each with places from 0."""
        return sum(random.digest(row) for row in got.reshape(-1, self.columns)) & MASK
