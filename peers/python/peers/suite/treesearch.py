"""A tree whose shape is unknown until it is walked: parallelism that is found only at run time.

    stack = the root's children
    while stack:
        h = stack.pop()
        push the 8 children mix(h ^ k * GAMMA) if h >> 32 < odds, else count a leaf
"""

import numpy as np

from peers.suite import random
from peers.suite.random import GAMMA, MASK, mix1
from peers.suite.workload import Mismatch, Workload


class TreeSearch(Workload):
    """An unbalanced binomial tree after UTS (Olivier et al., LCPC 2006); a result is `(nodes, leaves, depth)`."""

    NAME, NUMBER, UNIT, LIMIT, EVENNESS = "treesearch", 10, "nodes", "spin rate x cores", "uneven"
    CHILDREN = 8  # of each inner node except the root

    def make(self):
        self.root_children, self.odds, tree = self.of(
            (100, 515396075, 2),
            (2000, 536334041, 1674),
            (2000, 536334041, 25),
            (2000, 536334041, 1939),
            (2000, 536763537, 1531),
        )
        self.root = mix1(random.seed(self.NUMBER, 0) + (tree << 8))
        self._counts = self.of(
            (1005, 891, 14),
            (100025, 87771, 186),
            (2785697, 2437734, 1347),
            (38867233, 34009078, 7824),
            (438352361, 383558565, 23461),
        )

    def items(self):
        return self._counts[0]

    def branches(self):
        """The hashes of the root's children."""
        return [mix1(self.root ^ k * GAMMA & MASK) for k in range(1, self.root_children + 1)]

    def with_root(self, branches):
        """The counts of the whole tree from those of its branches, which count the root's children as depth 1."""
        nodes, leaves, depths = zip(*branches)
        return 1 + sum(nodes), sum(leaves), max(depths)

    def check(self, result, runs):
        if tuple(int(count) for count in result) != self._counts:
            raise Mismatch(f"(nodes, leaves, depth) is {tuple(result)}, not {self._counts}")
        return random.digest(np.array(self._counts, np.int64))
