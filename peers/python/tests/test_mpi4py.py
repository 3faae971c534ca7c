"""The ranks of mpi4py: right answers from any number of ranks, none of which outlives the process that started it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np

from peers import cells, scratch, suite, usage
from peers.systems import mpi4py_
from tests.optional import needs

SYSTEM = next(system for system in cells.systems() if system.name == "mpi4py")
LACKING = SYSTEM.absent()
PATIENCE_S = 120  # before a test gives up: far longer than anything here takes


def becomes_true(condition):
    """Whether a condition becomes true within the time limit."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def ranks_below(pid="self"):
    """The ids of the ranks that descend from a process."""
    return [int(pid) for pid in usage.descendants(pid) if is_rank(usage._read(f"/proc/{pid}/cmdline").split("\0"))]


def is_rank(command):
    return "peers.mpi4py_program" in command and "mpirun" not in command


def state(pid):
    """The state of a process's main thread, such as S while it sleeps; empty if there is no such process."""
    return usage._read(f"/proc/{pid}/stat").rpartition(")")[2][1:2]


@contextmanager
def without_output():
    """Discards the standard error of this process and its children."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@needs("mpi", LACKING and LACKING[0])
class Ranks(unittest.TestCase):
    def test_every_cell_is_right_on_every_variant_with_as_many_ranks_as_it_gets(self):
        for count in (1, 2, 3):
            with cells.started("mpi4py", count) as ranks:
                for cell in SYSTEM.cells:
                    for variant in range(4):
                        work = suite.make(cell.workload, cell.case, "tiny", variant)
                        function = cells.runnable(cell)
                        function.load(work, ranks)
                        for _ in range(2):  # a run leaves the input as it was
                            work.check(function.function(work, ranks), 1)

    def test_they_sleep_between_calls(self):
        with cells.started("mpi4py", 2) as ranks:
            mpi4py_.montecarlo(mpi4py_.loaded(suite.make("montecarlo", "", "tiny", 0), ranks), ranks)
            pids = ranks_below()
            self.assertEqual(len(pids), 2)
            self.assertTrue(becomes_true(lambda: all(state(pid) == "S" for pid in pids)))

    def test_nothing_of_them_is_left_at_the_end(self):
        with cells.started("mpi4py", 2):
            pids = ranks_below()
            self.assertEqual(len(pids), 2)
        self.assertEqual([state(pid) for pid in pids], ["", ""])
        left = [path for place in scratch.PLACES for path in place.glob(f"{scratch.PREFIX}{os.getpid()}-mpi*")]
        self.assertEqual(left, [])

    def test_they_end_with_the_process_that_started_them_even_if_it_is_killed(self):
        program = "from peers.systems.mpi4py_ import ranks\nfor _ in ranks(2):\n  print(flush=True)\n  input()"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen([sys.executable, "-c", program], **pipes) as starter:
            starter.stdout.readline()
            pids = ranks_below(starter.pid)
            starter.kill()
            starter.wait()
            self.assertEqual(len(pids), 2)
            self.assertTrue(becomes_true(lambda: all(state(pid) in ("", "Z") for pid in pids)))
        for place in scratch.PLACES:  # as the supervisor does
            subprocess.run(["rm", "-r", place / f"{scratch.PREFIX}{starter.pid}-mpi"], check=True)

    def test_a_rank_that_is_killed_ends_the_call(self):
        with without_output(), cells.started("mpi4py", 2) as ranks:
            work = mpi4py_.loaded(suite.make("heat", "", "tiny", 0), ranks)
            os.kill(ranks_below()[0], signal.SIGKILL)
            with self.assertRaisesRegex(RuntimeError, "a rank ended"):
                while True:  # until the launcher has noticed
                    mpi4py_.heat(work, ranks)

    def test_a_rank_that_raises_an_exception_ends_the_call(self):
        with without_output(), cells.started("mpi4py", 2) as ranks:
            with self.assertRaisesRegex(RuntimeError, "a rank ended"):
                ranks.solve(1, np.int64)  # before anything was loaded


class Launcher(unittest.TestCase):
    def test_a_launcher_that_fails_is_named_with_its_exit_status(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "mpirun").write_text("#!/bin/sh\nexit 7\n")
        (folder / "mpirun").chmod(0o755)
        with mock.patch.dict(os.environ, {"PATH": str(folder)}):
            with self.assertRaisesRegex(RuntimeError, "it ended with 7"):
                with cells.started("mpi4py", 2):
                    self.fail("it started")


if __name__ == "__main__":
    unittest.main()
