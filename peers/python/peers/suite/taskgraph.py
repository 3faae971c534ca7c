"""The cost of a task in a known graph: how small may tasks be before scheduling costs more than the tasks?

    for each row of the grid, for each column:
        h = the task's own word, mixed with the results of the row before that it needs, in order
        result[column] = spin(h, turns)
"""

import numpy as np

from peers.suite import random
from peers.suite.random import MASK, at1
from peers.suite.workload import Workload


class TaskGraph(Workload):
    """The grid of Task Bench (Slaughter et al., SC 2020); a result is the last row.

    In the case `trivial` no task needs another, so the last row would not show that other rows were skipped. So all
    tasks of its grid are in one row, and the result holds every one of them.
    """

    NAME, NUMBER, UNIT, LIMIT, DTYPE = "taskgraph", 9, "tasks", "spin rate x cores", np.uint64
    CASES = ("stencil", "trivial", "fft", "random", "all")
    ANY_SIZE = True

    def make(self):
        self.columns, rows, turns = self.of(
            (8, 8, 16), (16, 100, 256), (64, 250, 1024), (64, 250, 4096), (256, 1000, 256)
        )
        if self.units is not None:  # as many whole rows as these tasks can fill
            self.columns, rows = min(self.columns, self.units), max(1, self.units // self.columns)
        if self.turns is None:
            self.turns = turns
        joined = rows if self.case == "trivial" else 1
        self.width, self.depth = self.columns * joined, rows // joined
        self.needs = [[self._needs(t, p) for p in range(self.width)] for t in range(self.depth)]
        own = random.stretch(self.seed, 0, self.width * self.depth).reshape(self.depth, self.width)
        self.own = own.tolist()

    def _needs(self, t, p):
        """The columns of the row before that the task in row `t` and column `p` needs, in ascending order."""
        columns = range(self.width)
        if t == 0 or self.case == "trivial":
            return []
        if self.case == "all":
            return list(columns)
        if self.case == "random":
            is_drawn = lambda q: at1(self.seed, (t * self.width + p) * self.width + q) % 4 == 0
            return [q for q in columns if q == p or abs(q - p) <= 5 and is_drawn(q)]
        levels = (self.width - 1).bit_length()
        apart = {"fft": 1 << (t + levels - 1) % levels, "stencil": 1}[self.case]
        return [q for q in (p - apart, p, p + apart) if q in columns]

    def items(self):
        return self.width * self.depth

    def shape(self):
        return (self.width,)

    def check(self, result, runs):
        got = np.array([int(value) for value in result], np.uint64)
        return super().check(got, runs)

    def digest(self, got):
        """The sum of the digests of the grid's rows in the result; places count from 0 in each row."""
        return sum(random.digest(row) for row in got.reshape(-1, self.columns)) & MASK
