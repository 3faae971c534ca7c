"""Samples: their number, and the detection of work after the clock stops, which must not count itself."""

import contextlib
import subprocess
import sys
import threading
import unittest
from concurrent.futures import Future

import numpy as np

from peers.measure import SINGLE_RUN_NS, Batch, Loaded, batch_ns, is_plain, is_watched, measure, sample_count
from peers.suite.workload import Workload

A_MILLISECOND = 1_000_000  # the supervisor's limit


class Any(Workload):
    """A workload that accepts every result."""

    NAME = "any"

    def check(self, result, runs):
        return 0


def spin(until):
    while not until.is_set():
        pass


def sample(function, runs=1):
    return Loaded(Any("", "tiny", 0), function, None, None).sample(runs).sample


class Stray(unittest.TestCase):
    def test_a_thread_that_goes_on_working_is_detected(self):
        done = threading.Event()
        try:
            start = lambda *_: threading.Thread(target=spin, args=[done], daemon=True).start() or 1
            found = any(sample(start)["stray_ns"] > A_MILLISECOND for _ in range(50))  # on a busy machine it may wait
        finally:
            done.set()
        self.assertTrue(found)

    def test_a_process_that_goes_on_working_is_detected(self):
        with contextlib.ExitStack() as ends:
            command = [sys.executable, "-c", "print(flush=True)\nwhile 1: pass"]
            process = ends.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
            ends.callback(process.kill)
            process.stdout.readline()
            found = any(sample(lambda *_: 1)["stray_ns"] > A_MILLISECOND for _ in range(50))
        self.assertTrue(found)

    def test_many_idle_processes_are_not_counted_as_work(self):
        with contextlib.ExitStack() as ends:
            for _ in range(20):
                process = ends.enter_context(subprocess.Popen(["sleep", "60"]))
                ends.callback(process.kill)
            sample(lambda *_: 1)  # they have started
            told = [sample(lambda *_: 1) for _ in range(5)]
        self.assertLess(min(sample["stray_ns"] for sample in told), A_MILLISECOND // 4)
        self.assertLess(min(sample["cpu_ns"] for sample in told), A_MILLISECOND // 4)

    def test_a_sample_that_is_not_watched_reports_no_work(self):
        done = threading.Event()
        threading.Thread(target=spin, args=[done], daemon=True).start()
        try:
            told = Loaded(Any("", "tiny", 0), lambda *_: 1, None, None).sample(1, lambda wall_ns: False).sample
        finally:
            done.set()
        self.assertEqual((told["watched"], told["stray_ns"]), (False, 0))

    def test_daemons_may_clean_up_but_not_more(self):
        done = threading.Event()
        threading.Thread(target=spin, args=[done], daemon=True).start()
        try:
            loaded = Loaded(Any("", "tiny", 0), lambda *_: 1, None, None, idle_rate=0.0)
            seen = [loaded.sample(1).sample["stray_ns"] for _ in range(5)]
        finally:
            done.set()
        self.assertGreater(max(seen), A_MILLISECOND, "a core that is busy for longer than a cleanup takes")
        self.assertEqual(loaded.sample(1).sample["stray_ns"], 0)


class Timed:
    """A technique that only reports given run times; the last one repeats."""

    def __init__(self, *run_ns, overhead_ns=100_000):
        self.run_ns, self.overhead_ns = list(run_ns), overhead_ns
        self.runs, self.watched, self.result, self.data, self.prepared_ns = [], [], None, None, 0
        self.work = Any("", "tiny", 0)

    def sample(self, runs, watch):
        each = self.run_ns[min(len(self.runs), len(self.run_ns) - 1)]
        self.runs.append(runs)
        self.watched.append(watch(runs * each))
        sample = {"wall_ns": runs * each, "cpu_ns": 0, "runs": runs, "watched": self.watched[-1]}
        return Batch(sample, self.overhead_ns)


MS = 1_000_000
PLAN = {"samples": 30, "least_samples": 10, "parity_ns": 180 * MS, "min_sample_ns": 5 * MS, "warmup_ns": 20 * MS}
PLAN |= {"max_warmup_ns": 3000 * MS, "long_ns": 1000 * MS}


class Regimes(unittest.TestCase):
    def told(self, run_ns, regime=None):
        loaded = Timed(run_ns)
        return loaded, measure(loaded, PLAN | ({"regime": regime} if regime else {}))

    def test_a_regime_in_the_plan_is_kept_for_runs_of_any_length(self):
        loaded, told = self.told(2000 * MS, "batches")
        self.assertEqual((loaded.runs, len(told["samples"]), told["steady"]), ([1, 1, 1], 1, True))
        loaded, told = self.told(MS, "cold")
        self.assertEqual((loaded.runs, len(told["samples"]), told["steady"]), ([1], 1, False))
        self.assertEqual(loaded.watched, [True])
        loaded, told = self.told(MS, "singles")
        self.assertGreater(sum(loaded.runs[: -len(told["samples"])]), 15)  # warmed up for a fiftieth of a second

    def test_how_many_tasks_a_run_hands_out_is_told(self):
        loaded = Timed(2000 * MS)
        self.assertNotIn("tasks", measure(loaded, PLAN)["metrics"])
        self.assertEqual(loaded.work.as_tasks(k for k in range(5)), [0, 1, 2, 3, 4])
        self.assertEqual(measure(loaded, PLAN)["metrics"]["tasks"], 5)

    def test_without_one_the_length_of_the_first_run_decides(self):
        self.assertEqual(self.told(2000 * MS)[0].runs, [1])
        self.assertEqual(self.told(300 * MS)[0].runs, [1, 1, 1])
        self.assertGreater(len(self.told(MS)[0].runs), 10)


class Samples(unittest.TestCase):
    """The figures of the Rust runner's tests: crates/runner/src/protocol/sampling.rs and measure/tests.rs."""

    def test_the_number_of_samples_is_the_optimum_of_kalibera_and_jones(self):
        self.assertEqual(sample_count(PLAN, 5 * MS, MS // 5, 80 * MS), 24)
        self.assertEqual(sample_count(PLAN, 5 * MS, MS // 5, 20 * MS), 12)
        self.assertEqual(sample_count(PLAN, 5 * MS, 5 * MS, 80 * MS), 17)

    def test_short_runs_give_ten_to_thirty_samples_and_long_ones_fewer(self):
        self.assertEqual([sample_count(PLAN, 5 * MS, 0, fixed * MS) for fixed in (1, 10_000)], [10, 30])
        cheap = [sample_count(PLAN, wall * MS, 0, MS) for wall in (5, 20, 50, 100, 300, 999, 1000)]
        self.assertEqual(cheap, [10, 10, 6, 3, 2, 2, 1])
        self.assertEqual(sample_count(PLAN | {"samples": 3}, 5 * MS, 0, 80 * MS), 3)
        self.assertEqual(sample_count(PLAN | {"parity_ns": 0, "samples": 7}, 5 * MS, 0, 80 * MS), 7)

    def test_overhead_makes_a_sample_longer_up_to_a_limit(self):
        lasts = [batch_ns(PLAN, rest * MS) for rest in (0, 1, 10, 60)]
        self.assertEqual(lasts, [5 * MS, 5 * MS, 40 * MS, SINGLE_RUN_NS])
        loaded = Timed(2 * MS, overhead_ns=10 * MS)
        walls = [sample["wall_ns"] for sample in measure(loaded, PLAN)["samples"]]
        self.assertGreaterEqual(min(walls), 40 * MS)

    def test_three_samples_are_watched_and_the_last_is_one_of_them(self):
        watched = lambda samples: [k for k in range(samples) if is_watched(k, samples)]
        self.assertEqual([watched(n) for n in (1, 2, 3, 10)], [[0], [0, 1], [0, 1, 2], [3, 6, 9]])

    def test_the_batches_that_agreed_are_the_first_samples(self):
        loaded = Timed(*(ms * MS for ms in (10, 50, 40, 30, 20, 15, 11, 11, 12, 13)))
        told = measure(loaded, PLAN)
        walls = [sample["wall_ns"] // MS for sample in told["samples"]]
        self.assertEqual((told["steady"], told["first_ns"], walls[:4]), (True, 10 * MS, [11, 11, 12, 13]))
        self.assertEqual(len(loaded.runs), 6 + len(walls))
        warm_up = [[runs, ns // MS] for runs, ns in told["warm_up"]]
        self.assertEqual(warm_up, [[1, 10], [2, 60], [3, 100], [5, 150], [6, 165]])
        self.assertEqual(sum(sample["watched"] for sample in told["samples"]), 3)
        self.assertTrue(told["samples"][-1]["watched"])

    def test_a_warm_up_that_never_agrees_ends_and_none_of_it_is_a_sample(self):
        loaded = Timed(*(int(1.1**k * 5 * MS) for k in range(80)))
        told = measure(loaded, PLAN)
        self.assertFalse(told["steady"])
        before = sum(loaded.run_ns[k] * loaded.runs[k] for k in range(len(loaded.runs) - len(told["samples"])))
        self.assertGreaterEqual(before, PLAN["max_warmup_ns"])


class Plain(unittest.TestCase):
    def test_a_result_that_was_not_waited_for_is_found_wherever_it_is(self):
        for result in [7, b"a", [1.5, "b"], (np.zeros(3), 1), {b"word": 2}, {}]:
            self.assertTrue(is_plain(result), result)
        promise = Future()
        for result in [promise, [promise], (1, promise), {b"word": promise}, {promise: 1}, iter([])]:
            self.assertFalse(is_plain(result), result)


if __name__ == "__main__":
    unittest.main()
