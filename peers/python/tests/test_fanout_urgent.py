"""Operations that are cancelled or shed: the check accepts only the outcomes that the clock allows."""

import threading
import unittest
from unittest import mock

from peers import suite
from peers.suite.fanout import result_of
from peers.suite.workload import Mismatch
from peers.timekeeper import Timekeeper

MS = 1_000_000


class Clock:
    """An input whose time stands still until it is set."""

    def __init__(self, case, size="tiny"):
        self.work, self.now = suite.make("fanout", case, size, 0), 0
        self.work.restart()
        patch = mock.patch.object(self.work, "now_ns", lambda: self.now)
        patch.start()
        self.value = self.work.expected_results.__getitem__

    def at(self, ms):
        self.now = int(ms * MS)
        return self.work

    def one(self, i, begin_ms, over_ms, deliver_ms=None):
        """Operation `i` at these times: the pair that is delivered, or nothing."""
        operation = self.at(begin_ms).begin(i)
        if operation is None:
            return []
        with operation:
            self.at(over_ms)
            operation.over()
            self.at(over_ms if deliver_ms is None else deliver_ms)
            return operation.deliver(self.value(i))

    def one_by_one(self, skip=()):
        """All operations, each at its time; those that take too long are cancelled at their deadlines."""
        delivered, now = [], 0
        for i in range(self.work.n):
            begin = max(now, self.work.offered_ns(i) / MS)
            operation = None if i in skip else self.at(begin).begin(i)
            if operation:
                now = min(operation.over_ns, operation.expires_ns) / MS
                with operation:
                    self.at(now)
                    if operation.over_ns <= operation.expires_ns:
                        operation.over()
                        delivered += operation.deliver(self.value(i))
        return delivered


class Checks(unittest.TestCase):
    def rejected(self, clock, result, words):
        with self.assertRaisesRegex(Mismatch, words):
            clock.work.check(result, 1)

    def test_the_sums_are_those_of_the_suite(self):
        for case, size, digest in [
            ("deadline", "tiny", 0xE9B1D55695F60484),
            ("deadline", "headline", 0x8864254BBBBA3E18),
            ("overload", "tiny", 0x7F0466AE0B2F53F2),
            ("overload", "headline", 0xE576085A30408AC9),
        ]:
            clock = Clock(case, size)
            self.assertEqual(clock.work.check(clock.one_by_one(), 1), digest, (case, size))

    def test_what_takes_too_long_is_cancelled_and_the_rest_delivered(self):
        clock = Clock("deadline")
        delivered = clock.one_by_one()
        self.assertEqual([i for i, _ in delivered], [0, 1, 3, 4, 6, 7])
        self.assertEqual(delivered[2][1], result_of(3, clock.work.turns))
        clock.work.check(delivered, 1)
        self.assertEqual(clock.work.metrics(delivered)["served_share"], 0.75)

    def test_what_is_served_and_what_is_shed_are_all(self):
        clock = Clock("overload")
        delivered = clock.one_by_one()
        self.assertTrue(0 < len(delivered) <= 15)  # by a single worker, which needs 2 ms for each
        clock.work.check(delivered, 1)

    def test_nothing_is_delivered_after_its_time(self):
        clock = Clock("overload")
        self.assertEqual(clock.one(0, 0, 2, 20), [(0, clock.value(0))])
        self.assertEqual(clock.one(1, 0.125, 2.125, 20.126), [])
        self.assertEqual(clock.one(2, 10.26, 12.26), [])  # too late to begin
        clock = Clock("deadline")
        self.assertEqual(clock.one(2, 0, 50), [])  # it takes too long
        self.assertEqual(clock.one(3, 50, 5000), [(3, clock.value(3))])  # it has no deadline

    def test_nothing_begins_ends_or_is_cancelled_before_its_time(self):
        for times in [(2, 0.249, 3), (0, 0, 1.999)]:
            clock = Clock("overload")
            clock.one(*times)
            self.rejected(clock, [], "before")
        clock = Clock("overload")
        with clock.at(0).begin(0):
            clock.at(19.999)
        self.rejected(clock, [], "cancelled before")

    def test_what_is_lost_late_wrong_or_delivered_twice_is_rejected(self):
        for case, given_up in [("deadline", 2), ("overload", 9)]:
            for spoilt in [
                lambda pairs: pairs[1:],
                lambda pairs: [*pairs, pairs[0]],
                lambda pairs: [*pairs, (given_up, clock.value(given_up))],
            ]:
                clock = Clock(case)
                self.rejected(clock, spoilt(clock.one_by_one()), "each once")
            clock = Clock(case)
            (i, value), *others = clock.one_by_one()
            self.rejected(clock, [(i, value ^ 1), *others], "not its result")

    def test_what_nobody_looked_at_is_missed(self):
        for case in ["deadline", "overload"]:
            clock = Clock(case)
            self.rejected(clock, [], "0 of")
            clock = Clock(case)
            delivered = clock.one_by_one(skip=[4])
            self.rejected(clock, delivered, f"{clock.work.n - 1} of {clock.work.n}")

    def test_what_is_left_under_way_has_leaked(self):
        clock = Clock("overload")
        delivered = clock.one_by_one(skip=[0])
        clock.at(0).begin(0)
        self.rejected(clock, delivered, "still under way")
        clock.work.restart()
        self.rejected(clock, clock.one_by_one(), "still under way")  # also after the next run

    def test_an_operation_is_settled_once_and_within_the_limit(self):
        clock = Clock("overload")
        clock.one(0, 0, 2)
        clock.one(0, 2, 4)
        self.rejected(clock, [], "other than once")
        clock = Clock("overload")
        operation = clock.at(0).begin(0)
        clock.at(2)
        operation.over()
        self.assertTrue(operation.deliver(0))
        self.assertEqual(operation.deliver(0), [])
        self.rejected(clock, [], "other than once")
        clock = Clock("overload")
        for i in range(9):
            clock.at(2).begin(i)
        self.rejected(clock, [], "limit")


class Waits(unittest.TestCase):
    """An operation that would last an hour ends immediately at its deadline."""

    class Operation:
        def __init__(self, lasts, left):
            self.lasts, self.left = lambda: lasts, lambda: left

    def test_the_timekeeper_wakes_who_sleeps_too_long(self):
        with Timekeeper() as timekeeper:
            self.assertTrue(timekeeper.lasted(self.Operation(0, 3600)))
            self.assertFalse(timekeeper.lasted(self.Operation(3600, 0.001)))
            slept = []
            sleepers = [
                threading.Thread(target=lambda: slept.append(timekeeper.lasted(self.Operation(3600, 0.002))))
                for _ in range(5)
            ]
            for sleeper in sleepers:
                sleeper.start()
            for sleeper in sleepers:
                sleeper.join()
            self.assertEqual(slept, [False] * 5)


if __name__ == "__main__":
    unittest.main()
