"""What a sample tells of CPU time: work that goes on after the clock is seen, and looking for it is not taken for it."""

import contextlib
import subprocess
import sys
import threading
import unittest

from peers.measure import Loaded, measure
from peers.suite.workload import Workload

A_MILLISECOND = 1_000_000  # what the supervisor allows


class Any(Workload):
    """Takes whatever comes."""

    NAME = "any"

    def check(self, result, runs):
        return 0


def spin(until):
    while not until.is_set():
        pass


def sample(function, runs=1):
    return Loaded(Any("", "tiny", 0), function, None, None).sample(runs)


class Stray(unittest.TestCase):
    def test_a_thread_that_works_on_is_seen(self):
        done = threading.Event()
        try:
            start = lambda *_: threading.Thread(target=spin, args=[done], daemon=True).start() or 1
            seen = [sample(start)["stray_ns"] for _ in range(5)]
        finally:
            done.set()
        self.assertGreater(max(seen), A_MILLISECOND)

    def test_a_process_that_works_on_is_seen(self):
        with contextlib.ExitStack() as ends:
            command = [sys.executable, "-c", "print(flush=True)\nwhile 1: pass"]
            process = ends.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
            ends.callback(process.kill)
            process.stdout.readline()
            seen = [sample(lambda *_: 1)["stray_ns"] for _ in range(5)]
        self.assertGreater(max(seen), A_MILLISECOND)

    def test_idle_processes_however_many_are_no_work(self):
        with contextlib.ExitStack() as ends:
            for _ in range(20):
                process = ends.enter_context(subprocess.Popen(["sleep", "60"]))
                ends.callback(process.kill)
            sample(lambda *_: 1)  # they have started
            told = [sample(lambda *_: 1) for _ in range(5)]
        self.assertLess(min(sample["stray_ns"] for sample in told), A_MILLISECOND // 4)
        self.assertLess(min(sample["cpu_ns"] for sample in told), A_MILLISECOND // 4)


if __name__ == "__main__":
    unittest.main()


class Timed:
    """A technique whose runs take a given time, without taking it."""

    def __init__(self, run_ns):
        self.run_ns, self.runs, self.result, self.given = run_ns, [], None, None
        self.work = Any("", "tiny", 0)

    def sample(self, runs):
        self.runs.append(runs)
        return {"wall_ns": runs * self.run_ns, "cpu_ns": 0, "runs": runs}


class Regimes(unittest.TestCase):
    PLAN = {"samples": 3, "min_sample_ns": 5_000_000, "warmup_ns": 100_000_000, "max_warmup_ns": 3_000_000_000}
    PLAN |= {"long_ns": 1_000_000_000}

    def told(self, run_ns, regime=None):
        loaded = Timed(run_ns)
        plan = self.PLAN | ({"regime": regime} if regime else {})
        return loaded.runs, measure(loaded, plan)

    def test_the_regime_that_is_asked_for_is_kept_whatever_the_length(self):
        runs, told = self.told(2_000_000_000, "batches")
        self.assertEqual((runs, len(told["samples"]), told["steady"]), ([1, 1, 1], 1, True))
        runs, told = self.told(1_000_000, "cold")
        self.assertEqual((runs, len(told["samples"]), told["steady"]), ([1], 1, False))
        runs, told = self.told(1_000_000, "singles")
        self.assertGreater(sum(runs[:-3]), 90)  # warmed up for a tenth of a second
        self.assertEqual(len(told["samples"]), 3)

    def test_the_first_run_decides_where_none_is_asked_for(self):
        self.assertEqual(self.told(2_000_000_000)[0], [1])
        self.assertEqual(self.told(200_000_000)[0], [1, 1, 1])
        self.assertGreater(len(self.told(1_000_000)[0]), 5)
