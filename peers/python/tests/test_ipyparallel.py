"""The engines of ipyparallel: right answers, one engine for each worker, and none left at the end."""

import os
import unittest
from pathlib import Path

from peers import cells, suite, usage
from tests.optional import needs

LACKING = next(system for system in cells.systems() if system.name == "ipyparallel").absent()


def programs():
    """The ids of the descendants that run a program of ipyparallel, by its name."""
    found = {}
    for pid in usage.descendants():
        for word in usage._read(f"/proc/{pid}/cmdline").split("\0"):
            if word.startswith("ipyparallel."):
                found.setdefault(word.partition(".")[2], []).append(int(pid))
    return found


@needs("peers", LACKING)
class Engines(unittest.TestCase):
    def test_there_are_as_many_as_workers_they_are_right_and_they_end(self):
        from peers.systems import ipyparallel_

        with cells.started("ipyparallel", 2) as view:
            running = programs()
            self.assertEqual(len(running["engine"]), 2)
            for variant in range(2):
                work = suite.make("montecarlo", "", "tiny", variant)
                work.check(ipyparallel_.montecarlo(work, view), 1)
                for case in suite.cases("taskgraph"):
                    work = suite.make("taskgraph", case, "tiny", variant)
                    work.check(ipyparallel_.taskgraph(work, view), 1)
        left = [pid for pids in running.values() for pid in pids if is_running(pid)]
        self.assertEqual(left, [])
        self.assertEqual(list(Path("/tmp").glob(f"parallax-{os.getpid()}-ipyparallel")), [])


def is_running(pid):
    """Whether a process has not ended; a zombie has ended."""
    stat = usage._read(f"/proc/{pid}/stat")
    return bool(stat) and stat.rpartition(")")[2].split()[0] != "Z"


if __name__ == "__main__":
    unittest.main()
