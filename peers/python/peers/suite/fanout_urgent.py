"""Operations with deadlines: those that take too long are cancelled, those that start too late are shed.

    deadline: for i in range(n), at most `limit` at the same time:
        sleep 1 + i % 5 milliseconds, or 50 if i % 3 == 2; after 20 of those, cancel
        deliver i, mix(i ^ spin(i, turns)), unless it was cancelled
    overload: operation i is offered at i * 125 µs, and due 20 ms later; at most 8 at the same time:
        shed it if it has waited for half of that; else sleep 2 milliseconds; cancel it when it is due
        deliver i, mix(i ^ spin(i, turns)), unless it was shed or cancelled

These are the cases of `fanout` whose operations are useful only for a limited time. An operation is judged by the clock
at its begin, its end or its cancellation: a busy machine makes more of them late, but no correct run wrong.
"""

import threading
import time
from functools import cached_property

import numpy as np

from peers.suite.random import MASK, mix, spin
from peers.suite.workload import Mismatch, Workload

_US, _MS = 1_000, 1_000_000
_NO_HURRY_NS = 3_600_000 * _MS  # for operations without a deadline
_SERVICE_NS, _EVERY_NS, _DUE_NS = 2 * _MS, 125 * _US, 20 * _MS
_PATIENCE_NS = _DUE_NS // 2  # one that has waited longer is shed, else the first delay would make all of them late


class Urgent(Workload):
    """Operations, and a record of the outcome of each."""

    NAME, NUMBER, UNIT, LIMIT, EVENNESS = "fanout", 14, "operations", "ideal schedule", "uneven"
    CASES = ("deadline", "overload")

    def make(self):
        self.is_overload = {"deadline": False, "overload": True}[self.case]
        if self.is_overload:
            self.n, self.limit = self.of(160, 800, 800, 8_000, 80_000), 8
        else:
            self.n, self.limit = self.of((8, 4), (32, 32), (32, 32), (128, 128), (10_000, 128))
        if self.turns is None:
            self.turns = 1000
        self._lock, self._started_ns = threading.Lock(), time.monotonic_ns()
        self.spoil()

    def items(self):
        return self.n

    def now_ns(self):
        """The time since the start of the run."""
        return time.monotonic_ns() - self._started_ns

    def spoil(self):
        self.faults = []
        self._forget()

    def restart(self):
        """Starts a run; faults of earlier runs are kept."""
        self.close()
        self._forget()
        self._started_ns = time.monotonic_ns()

    def _forget(self):
        self._under_way, self._settled, self._overdue_ns, self._late_ns, self._last_ns = {}, {}, [], [], 0

    def close(self):
        """Records a fault for each operation that a run has left under way."""
        self.faults += [f"operation {i} is still under way at the end of the run" for i in self._under_way]
        self._under_way = {}

    def is_too_long(self, i):
        """Whether operation `i` takes longer than it may."""
        return not self.is_overload and i % 3 == 2

    def offered_ns(self, i):
        """When operation `i` is offered, since the start of the run."""
        return i * _EVERY_NS if self.is_overload else 0

    def offered_in(self, i):
        """The seconds until operation `i` is offered."""
        return max(self.offered_ns(i) - self.now_ns(), 0) / 1e9

    def begin(self, i):
        """Begins operation `i`; returns None if it is too late, and sheds it."""
        with self._lock:
            now = self.now_ns()
            if i in self._under_way or i in self._settled:
                self.faults.append(f"operation {i} began other than once")
            if now < self.offered_ns(i):
                self.faults.append(f"operation {i} began before it was offered")
            if self.is_overload and now > self.offered_ns(i) + _PATIENCE_NS:
                self._settle(i, "shed", now)
                return None
            if len(self._under_way) >= self.limit:
                self.faults.append("more concurrent operations than the limit")
            operation = self._under_way[i] = Operation(self, i, now)
            return operation

    def end(self, operation, over_ns):
        """Ends an operation that was over at `over_ns`; returns whether it may be delivered."""
        with self._lock:
            now, i = self.now_ns(), operation.i
            if self._under_way.pop(i, None) is not operation:
                self.faults.append(f"operation {i} ended other than once")
                return False
            if over_ns is None or over_ns < operation.over_ns:
                self.faults.append(f"operation {i} ended before its time")
                return False
            if now > operation.expires_ns:
                self._overdue_ns.append(now - operation.expires_ns)
                return self._settle(i, "cancelled", now)
            self._late_ns.append(over_ns - operation.over_ns)
            return self._settle(i, "served", now)

    def cancel(self, operation):
        """Cancels an operation, unless it has ended."""
        with self._lock:
            now, i = self.now_ns(), operation.i
            if self._under_way.pop(i, None) is operation:
                if now < operation.expires_ns:
                    self.faults.append(f"operation {i} was cancelled before its time")
                self._overdue_ns.append(now - operation.expires_ns)
                self._settle(i, "cancelled", now)

    def _settle(self, i, fate, now):
        self._settled[i], self._last_ns = fate, max(now, self._last_ns)
        return fate == "served"

    @cached_property
    def expected_results(self):
        """The result of each operation, if it is delivered."""
        places = np.arange(self.n, dtype=np.uint64)
        return mix(places ^ spin(places, self.turns)).tolist()

    def check(self, result, runs):
        """Checks a list of pairs: the number of a delivered operation, and its result."""
        self.close()
        if self.faults:
            raise Mismatch(f"{len(self.faults)} faults, such as: {self.faults[0]}")
        if len(self._settled) != self.n:
            raise Mismatch(f"{len(self._settled)} of {self.n} operations were served, cancelled or shed")
        served = sorted(i for i, fate in self._settled.items() if fate == "served")
        if sorted(i for i, _ in result) != served:
            raise Mismatch("the delivered operations are not those in time, each once")
        if not self.is_overload and served != [i for i in range(self.n) if not self.is_too_long(i)]:
            raise Mismatch("an operation in time was not delivered, or one that takes too long was")
        if any(value != self.expected_results[i] for i, value in result):
            raise Mismatch("the value of an operation is not its result")
        counted = range(self.n) if self.is_overload else served  # a shed operation counts with its expected result
        digest = sum(self.expected_results[i] for i in counted) & MASK
        return digest if self.answer is None else self.check_digest(digest)

    def metrics(self, result):
        seconds = max(self._last_ns, 1) / 1e9
        figures = {"served_share": len(result) / self.n, "goodput_per_s": len(result) / seconds}
        figures["efficiency"] = self.ideal_seconds(len(result)) / seconds
        if self._late_ns:
            late_us = np.sort(np.array(self._late_ns)) / 1e3
            figures["lateness_us_p50"] = float(late_us[(len(late_us) - 1) // 2])
            figures["lateness_us_p99"] = float(late_us[(len(late_us) - 1) * 99 // 100])
        if self._overdue_ns:
            overdue_us = np.sort(np.array(self._overdue_ns)) / 1e3
            figures["cancelled_late_us_p99"] = float(overdue_us[(len(overdue_us) - 1) * 99 // 100])
        return figures

    def ideal_seconds(self, served):
        """The least time in which any schedule can serve as many."""
        if self.is_overload:
            return served * _SERVICE_NS / self.limit / 1e9
        return max(20 * self.limit, sum(min(_lasts_ms(self, i), 20) for i in range(self.n))) / self.limit / 1e3


class Operation:
    """An operation under way; leaving its `with` block before it has ended cancels it."""

    def __init__(self, work, i, begun_ns):
        self.work, self.i, self._over_at_ns = work, i, None
        self.over_ns = begun_ns + (_SERVICE_NS if work.is_overload else _lasts_ms(work, i) * _MS)
        if work.is_overload:
            self.expires_ns = work.offered_ns(i) + _DUE_NS
        else:
            self.expires_ns = begun_ns + (20 * _MS if work.is_too_long(i) else _NO_HURRY_NS)

    def lasts(self):
        """The seconds until it is over; after an early wake-up, the caller sleeps again."""
        return (self.over_ns - self.work.now_ns()) / 1e9

    def left(self):
        """The seconds until it must be cancelled."""
        return (self.expires_ns - self.work.now_ns()) / 1e9

    def over(self):
        """Records that it is over, before the work that follows."""
        self._over_at_ns = self.work.now_ns()

    def deliver(self, value):
        """A list with the operation's number and result; an empty one if it is too late."""
        return [(self.i, value)] if self.work.end(self, self._over_at_ns) else []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.work.cancel(self)


def _lasts_ms(work, i):
    return 50 if work.is_too_long(i) else 1 + i % 5
