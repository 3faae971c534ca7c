"""A Julia set, independent items of uneven cost: how many steps each point of a plane takes to escape.

    for y in ys:
        for x in xs:
            count = steps of z = z*z + C, from z = x + i*y, until |z| >= 2 or the limit is reached
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Workload, root


class Julia(Workload):
    """The coordinates and the limit of the Julia set in *High Performance Python* (Gorelick and Ozsvald)."""

    NAME, NUMBER, UNIT, LIMIT, EVENNESS, DTYPE = "julia", 5, "iterations", "FMA peak", "uneven", np.int32
    ANY_SIZE = True
    C = complex(-0.62772, -0.42193)

    def make(self):
        self.width, self.limit = self.of((64, 100), (250, 300), (500, 300), (1000, 300), (4000, 300))
        self.iterations = self.of(55266, 2086156, 8306884, 33219980, 531507040)
        if self.units is not None:
            self.width = max(4, root(self.units * self.width**2 / self.iterations, 2))
        step = 3.6 / self.width
        self.xs = _coordinates(-1.8, step, lambda x: x < 1.8)
        self.ys = _coordinates(1.8, -step, lambda y: y > -1.8)
        if self.units is not None:
            self.iterations = int(self.escaped().sum())

    def items(self):
        return self.iterations

    def escaped(self):
        """How many steps each point takes, row by row."""
        x, y = (line.copy() for line in np.broadcast_arrays(self.xs[None, :], self.ys[:, None]))
        counts, inside = np.zeros(x.shape, np.int64), np.ones(x.shape, bool)
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(self.limit):
                inside &= x * x + y * y < 4.0
                counts += inside
                x, y = x * x - y * y + self.C.real, 2.0 * x * y + self.C.imag
        return counts

    def shape(self):
        return (len(self.ys), len(self.xs))

    def traffic(self):
        return 4.0 * len(self.xs) * len(self.ys), 8.0 * self.items()  # as in the Rust suite

    def check(self, result, runs):
        """Checks the counts, row by row and of any integer type."""
        got = np.asarray(result)
        return self.check_digest(random.digest(got.reshape(len(self.ys) * len(self.xs)).astype(np.int64)))


def _coordinates(at, step, is_inside):
    """Repeated addition, as published, because the last bit decides some counts."""
    coordinates = []
    while is_inside(at):
        coordinates.append(at)
        at += step
    return np.array(coordinates)
