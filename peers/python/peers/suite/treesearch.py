"""Work in many small pieces: a graph of tasks that is known, and a tree that is found while walking it."""

import numpy as np

from peers.suite import random
from peers.suite.random import GAMMA, MASK, mix1
from peers.suite.workload import Mismatch, Workload


class TreeSearch(Workload):
    """An unbalanced binomial tree in the manner of UTS (Olivier et al., LCPC 2006)."""

    NAME, NUMBER, UNIT, LIMIT, EVENNESS = "treesearch", 10, "nodes", "spin rate x cores", "uneven"
    FAMILY = 8  # how many children a node has that has any; the root has its own number

    def make(self):
        self.children, self.odds, tree = self.of(
            (100, 515396075, 2),
            (2000, 536334041, 1674),
            (2000, 536334041, 25),
            (2000, 536334041, 1939),
            (2000, 536763537, 1531),
        )
        self.root = mix1(random.seed(self.NUMBER, 0) + (tree << 8))
        self._census = self.of(
            (1005, 891, 14),
            (100025, 87771, 186),
            (2785697, 2437734, 1347),
            (38867233, 34009078, 7824),
            (438352361, 383558565, 23461),
        )

    def items(self):
        return self._census[0]

    def branches(self):
        """The hashes of the root's children."""
        return [mix1(self.root ^ k * GAMMA & MASK) for k in range(1, self.children + 1)]

    def with_root(self, censuses):
        """The whole tree's census from those of its branches, each counted from depth 1."""
        nodes, leaves, depths = zip(*censuses)
        return 1 + sum(nodes), sum(leaves), max(depths)

    def check(self, result, runs):
        if tuple(int(count) for count in result) != self._census:
            raise Mismatch(f"(nodes, leaves, depth) are {tuple(result)}, not {self._census}")
        return random.digest(np.array(self._census, np.int64))
