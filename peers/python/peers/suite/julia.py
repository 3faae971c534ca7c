"""Independent but uneven items: how many steps each point of a plane takes to escape."""

import numpy as np

from peers.suite import random
from peers.suite.workload import Workload


class Julia(Workload):
    """The Julia set of *High Performance Python* (Gorelick and Ozsvald); coordinates by repeated addition."""

    NAME, NUMBER, UNIT, LIMIT, EVENNESS = "julia", 5, "iterations", "FMA peak", "uneven"
    C = complex(-0.62772, -0.42193)

    def make(self):
        width, self.limit = self.of((64, 100), (250, 300), (500, 300), (1000, 300), (4000, 300))
        step = 3.6 / width
        self.xs = _walk(-1.8, step, lambda x: x < 1.8)
        self.ys = _walk(1.8, -step, lambda y: y > -1.8)

    def items(self):
        return self.of(55266, 2086156, 8306884, 33219980, 531507040)

    def traffic(self):
        return 4.0 * len(self.xs) * len(self.ys), 10.0 * self.items()

    def check(self, result, runs):
        """Row by row; any integer type will do."""
        got = np.asarray(result)
        return self.judge(random.digest(got.reshape(len(self.ys) * len(self.xs)).astype(np.int64)))


def _walk(at, step, goes_on):
    """The coordinates as published: the last bit decides some counts."""
    found = []
    while goes_on(at):
        found.append(at)
        at += step
    return np.array(found)
