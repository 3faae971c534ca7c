"""Overlapping waits: concurrency, which hides time, against parallelism, which divides work."""

import threading
import time
from functools import cached_property

import numpy as np

from peers.suite.random import MASK, mix, mix1, spin, spin1
from peers.suite.workload import Mismatch, Workload


class Fanout(Workload):
    """Waits of some milliseconds, each followed by opaque work; and a record of how they went."""

    NAME, NUMBER, UNIT, LIMIT, EVENNESS = "fanout", 14, "operations", "ideal schedule", "uneven"

    def make(self):
        self.n, self.limit = self.of((8, 4), (32, 32), (32, 32), (128, 128), (10_000, 128))
        self.turns = 1000
        self._lock = threading.Lock()
        self.spoil()

    def items(self):
        return self.n

    def seconds(self, i):
        """How long wait `i` takes."""
        return (1 + i % 5) / 1000

    def spoil(self):
        self._deadlines, self._ended, self._under_way, self.faults, self._late = {}, set(), 0, [], []

    def restart(self):
        """A run begins; what went wrong in those before is not forgotten."""
        if self._deadlines or (self._ended and len(self._ended) != self.n):
            self.faults.append("waits that never ended")
        self._ended, self._late = set(), []

    def begin(self, i):
        """Wait `i` is under way from now on."""
        with self._lock:
            self._under_way += 1
            if self._under_way > self.limit:
                self.faults.append("one more at once than the limit")
            if i in self._deadlines or i in self._ended:
                self.faults.append("a wait that began twice")
            self._deadlines[i] = time.monotonic_ns() + (1 + i % 5) * 1_000_000

    def left(self, i):
        """How many seconds wait `i` still has: a loop whose timers are coarse wakes some early."""
        return (self._deadlines[i] - time.monotonic_ns()) / 1e9

    def end(self, i):
        """Wait `i` is over; raises no error, but remembers one that ended before its deadline."""
        now = time.monotonic_ns()
        with self._lock:
            deadline = self._deadlines.pop(i, None)
            if deadline is None or now < deadline:
                self.faults.append("a wait that ended early or had not begun")
            else:
                self._late.append(now - deadline)
            self._under_way -= 1
            self._ended.add(i)

    def finish(self, i):
        """The end of wait `i`, its opaque work and its result."""
        self.end(i)
        return turned(i, self.turns)

    @cached_property
    def right(self):
        """What the waits must give, for all of them at once."""
        places = np.arange(self.n, dtype=np.uint64)
        return mix(places ^ spin(places, self.turns)).tolist()

    def check(self, result, runs):
        if self._deadlines or len(self._ended) != self.n:
            raise Mismatch(f"{len(self._ended)} of {self.n} waits ended")
        if self.faults:
            raise Mismatch(f"{len(self.faults)} faults, such as {self.faults[0]}")
        if list(result) != self.right:
            raise Mismatch("a result is not in its place, or was made by other work")
        return sum(self.right) & MASK

    def metrics(self, result):
        late = np.sort(np.array(self._late)) / 1e3
        ideal = max(0.005, sum(self.seconds(i) for i in range(self.n)) / self.limit)
        return {
            "lateness_us_p50": float(late[(len(late) - 1) // 2]),
            "lateness_us_p99": float(late[(len(late) - 1) * 99 // 100]),
            "ideal_ms": 1e3 * ideal,
        }


def turned(i, turns):
    """What wait `i` gives: its result depends on the opaque work, so that work left out shows."""
    return mix1(i ^ spin1(i, turns))
