"""What a sample tells of CPU time: work that goes on after the clock is seen, and looking for it is not taken for it."""

import contextlib
import subprocess
import sys
import threading
import unittest

from peers.measure import Loaded
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
