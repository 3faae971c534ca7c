"""Recompute or remember: requests for a costly value, many of which were asked for before."""

from collections import OrderedDict

import numpy as np

from peers.suite import random
from peers.suite.random import spin1
from peers.suite.workload import Mismatch, Workload


class Memo(Workload):
    """A stream of requests; results are `(sum, hits, policy)`, and calls are counted here."""

    NAME, NUMBER, UNIT, LIMIT = "memo", 11, "requests", "OPT (Belady) hit ratio"
    CASES = ("128", "16")

    def make(self):
        self.turns = int(self.case)
        self.calls = 0
        n = self.of(2_000, 100_000, 100_000, 1_000_000, 10_000_000)
        levels, self.capacity = self.of((8, 64), (14, 1024), (14, 1024), (17, 8192), (20, 65536))
        i = np.arange(n, dtype=np.uint64)
        stretch, within = i // np.uint64(10_000), i % np.uint64(10_000)
        draw = np.uint64(2) * (stretch * np.uint64(9_000) + within)
        first = np.uint64(1) << (random.at(self.seed, draw) % np.uint64(levels))
        asked = first + (random.at(self.seed, draw + np.uint64(1)) & (first - np.uint64(1)))
        scanned = np.uint64(1 << levels) + stretch * np.uint64(1_000) + within - np.uint64(9_000)
        self.keys = np.where(within < np.uint64(9_000), asked, scanned).tolist()
        self._hits = None

    def items(self):
        return len(self.keys)

    def compute(self, key):
        """The costly function."""
        self.calls += 1
        return spin1(key, self.turns)

    def hits(self):
        """How many hits there are without a limit, and with the least recently used forgotten."""
        if self._hits is None:
            known, lru = OrderedDict(), 0
            for key in self.keys:
                if key in known:
                    lru += 1
                    known.move_to_end(key)
                else:
                    known[key] = None
                    if len(known) > self.capacity:
                        known.popitem(last=False)
            self._hits = {"unbounded": len(self.keys) - len(set(self.keys)), "lru": lru, "nothing": 0}
        return self._hits

    def spoil(self):
        self.calls = 0

    def check(self, result, runs):
        """The sum, the hits that the policy must have, and calls that explain all other requests."""
        total, hits, policy = result
        digest = self.judge(random.digest(np.array([total], np.uint64)))
        right = self.hits()[policy]
        if hits != right:
            raise Mismatch(f"{hits} hits where {policy} has {right}")
        if self.calls != runs * (len(self.keys) - hits):
            raise Mismatch(f"{self.calls} calls and {hits} hits in {runs} runs of {len(self.keys)} requests")
        return digest

    def metrics(self, result):
        return {"hits": float(result[1]), "hit_ratio": result[1] / len(self.keys)}
