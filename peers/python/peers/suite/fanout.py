"""Overlapping waits: concurrency, which hides waiting time, compared with parallelism, which divides work.

    for i in range(n), at most `limit` at the same time:
        sleep 1 + i % 5 milliseconds
        result[i] = mix(i ^ spin(i, turns))
"""

import threading
import time
from functools import cached_property

import numpy as np

from peers.suite.random import MASK, mix, mix1, spin, spin1
from peers.suite.workload import Mismatch, Workload


class Fanout(Workload):
    """Waits of a few milliseconds, each followed by opaque work, and a record of when each began and ended."""

    NAME, NUMBER, UNIT, LIMIT, EVENNESS = "fanout", 14, "operations", "ideal schedule", "uneven"

    def make(self):
        self.n, self.limit = self.of((8, 4), (32, 32), (32, 32), (128, 128), (10_000, 128))
        if self.turns is None:
            self.turns = 1000
        self._lock = threading.Lock()
        self.spoil()

    def items(self):
        return self.n

    def seconds(self, i):
        """The length of wait `i`."""
        return (1 + i % 5) / 1000

    def spoil(self):
        self._deadlines, self._ended, self._in_flight, self.faults, self._lateness_ns = {}, set(), 0, [], []

    def restart(self):
        """Starts a run; faults of earlier runs are kept."""
        if self._deadlines or (self._ended and len(self._ended) != self.n):
            self.faults.append("waits that did not end")
        self._ended, self._lateness_ns = set(), []

    def begin(self, i):
        """Records that wait `i` begins now."""
        with self._lock:
            self._in_flight += 1
            if self._in_flight > self.limit:
                self.faults.append("more concurrent waits than the limit")
            if i in self._deadlines or i in self._ended:
                self.faults.append("a wait that began twice")
            self._deadlines[i] = time.monotonic_ns() + (1 + i % 5) * 1_000_000

    def remaining(self, i):
        """The seconds until wait `i` may end; an event loop with coarse timers may wake it early."""
        return (self._deadlines[i] - time.monotonic_ns()) / 1e9

    def end(self, i):
        """Records that wait `i` ends now; an end before the deadline is a fault, reported by the check."""
        now = time.monotonic_ns()
        with self._lock:
            deadline = self._deadlines.pop(i, None)
            if deadline is None or now < deadline:
                self.faults.append("a wait that ended early or had not begun")
            else:
                self._lateness_ns.append(now - deadline)
            self._in_flight -= 1
            self._ended.add(i)

    def finish(self, i):
        """Ends wait `i`, does its opaque work and returns its result."""
        self.end(i)
        return result_of(i, self.turns)

    @cached_property
    def expected_results(self):
        """The results of all waits."""
        places = np.arange(self.n, dtype=np.uint64)
        return mix(places ^ spin(places, self.turns)).tolist()

    def check(self, result, runs):
        if self._deadlines or len(self._ended) != self.n:
            raise Mismatch(f"{len(self._ended)} of {self.n} waits ended")
        if self.faults:
            raise Mismatch(f"{len(self.faults)} faults, such as {self.faults[0]}")
        if list(result) != self.expected_results:
            raise Mismatch("a result is wrong or in the wrong place")
        digest = sum(self.expected_results) & MASK
        return digest if self.answer is None else self.check_digest(digest)

    def metrics(self, result):
        late_us = np.sort(np.array(self._lateness_ns)) / 1e3
        ideal = max(0.005, sum(self.seconds(i) for i in range(self.n)) / self.limit)
        return {
            "lateness_us_p50": float(late_us[(len(late_us) - 1) // 2]),
            "lateness_us_p99": float(late_us[(len(late_us) - 1) * 99 // 100]),
            "ideal_ms": 1e3 * ideal,
        }


def result_of(i, turns):
    """The result of wait `i`; it depends on the opaque work, so skipped work is detected."""
    return mix1(i ^ spin1(i, turns))
