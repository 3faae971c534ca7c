"""Caching compared with recomputation: requests for costly values, many of them repeated.

    for key in keys:
        if key not in known:
            known[key] = spin(key, turns)
        total += known[key]
"""

from collections import OrderedDict

import numpy as np

from peers.suite import random
from peers.suite.random import spin1
from peers.suite.workload import Mismatch, Workload


class Memo(Workload):
    """A stream of requests; a result is `(sum, hits, policy)`, and `compute` counts its own calls."""

    NAME, NUMBER, UNIT, LIMIT = "memo", 11, "requests", "OPT (Belady) hit ratio"
    CASES = ("128", "16")
    spin = staticmethod(spin1)  # a technique may replace it by compiled code

    def make(self):
        if self.turns is None:
            self.turns = int(self.case)
        self.calls = 0
        n = self.of(2_000, 100_000, 100_000, 1_000_000, 10_000_000)
        levels, self.capacity = self.of((8, 64), (14, 1024), (14, 1024), (17, 8192), (20, 65536))
        i = np.arange(n, dtype=np.uint64)
        block, within = i // np.uint64(10_000), i % np.uint64(10_000)
        # in each block of 10,000 requests, the last 1,000 scan keys that are never repeated
        draw = np.uint64(2) * (block * np.uint64(9_000) + within)
        first = np.uint64(1) << (random.at(self.seed, draw) % np.uint64(levels))
        asked = first + (random.at(self.seed, draw + np.uint64(1)) & (first - np.uint64(1)))
        scanned = np.uint64(1 << levels) + block * np.uint64(1_000) + within - np.uint64(9_000)
        self.keys = np.where(within < np.uint64(9_000), asked, scanned).tolist()
        self._hits = None

    def items(self):
        return len(self.keys)

    def compute(self, key):
        """The costly value of a key."""
        self.calls += 1
        return self.spin(key, self.turns)

    def expected_hits(self):
        """The hits of each policy: keep everything, evict the least recently used, keep nothing."""
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
        """Checks the sum, the hits that the policy must have, and that every miss was a call."""
        total, hits, policy = result
        digest = self.check_digest(random.digest(np.array([total], np.uint64)))
        expected = self.expected_hits()[policy]
        if hits != expected:
            raise Mismatch(f"{hits} hits instead of the {expected} of policy {policy}")
        if self.calls != runs * (len(self.keys) - hits):
            raise Mismatch(f"{self.calls} calls and {hits} hits in {runs} runs of {len(self.keys)} requests")
        return digest

    def metrics(self, result):
        return {"hits": float(result[1]), "hit_ratio": result[1] / len(self.keys)}
