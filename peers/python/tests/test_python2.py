"""Parakeet's Python 2.7: skipped with a reason if absent, correct if present, and ended with its parent."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from peers import cells, python2, suite
from peers.python2 import child, install
from peers.suite.workload import Mismatch
from tests.optional import needs

STARTS_AND_WAITS = """
from peers.python2 import child
with child.started() as kernels:
    print(kernels.process.pid, flush=True)
    input()
"""


def is_alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


class Absent(unittest.TestCase):
    """On a machine without a Python 2.7, or with an unusable one."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        where = {"PARALLAX_PEERS_HOME": str(self.folder), "PYENV_ROOT": str(self.folder), "PATH": str(self.folder)}
        self.enterContext(mock.patch.dict(os.environ, where))
        self.system = next(system for system in cells.systems() if system.name == "parakeet")

    def test_without_one_it_is_left_out_in_a_line_that_says_how_to_get_one(self):
        told = install.install()
        self.assertRegex(told, "^left out, .*pyenv install 2.7.18")
        self.assertNotIn("\n", told)
        why, fetch = self.system.absent()
        self.assertIn(why, told)
        self.assertIn(fetch, told)

    def test_before_an_installation_it_is_absent_too(self):
        self.assertIn("Python 2.7", self.system.absent()[0])
        self.assertIsNone(self.system.version("parakeet"))

    def test_a_failed_download_is_reported_with_the_last_line_of_pip(self):
        program = self.folder / "python2.7"
        pip = 'case "$*" in *install*) echo noise; echo no such package >&2; exit 1;; esac'
        program.write_text(f'#!/bin/sh\n{pip}\necho 2.7.18\necho "$0"\n')
        program.chmod(0o755)
        self.assertIn("cannot be fetched: no such package", install.install())
        self.assertEqual(self.system.absent()[0], "cannot be fetched: no such package")

    def test_another_version_of_python_is_not_accepted(self):
        program = self.folder / "python2"
        program.write_text('#!/bin/sh\necho 3.11.7\necho "$0"\n')
        program.chmod(0o755)
        self.assertIsNone(install.find())

    def test_what_it_needs_is_pinned_with_hashes_and_names_no_registry(self):
        lines = install.REQUIREMENTS.read_text().splitlines()
        pins = [line for line in lines if "==" in line]
        self.assertEqual([pin.partition("==")[0] for pin in pins], ["appdirs", "dsltools", "nose", "numpy", "parakeet"])
        self.assertTrue(all(pin.endswith("\\") for pin in pins))
        self.assertNotIn("://", "".join(lines))


@needs("parakeet", python2.absent())
class Present(unittest.TestCase):
    def test_every_cell_is_right_on_every_variant(self):
        from peers.systems import parakeet_

        with child.started() as kernels:
            for name, case in [("bubblesort", ""), ("expression", "E1"), ("pairwise", ""), ("julia", "")]:
                for variant in range(4):
                    work = suite.make(name, case, "tiny", variant)
                    with parakeet_.shared(work, kernels) as out:
                        work.spoil()
                        work.check(getattr(parakeet_, name)(out, kernels), 1)

    def test_a_run_that_does_nothing_does_not_pass_with_the_last_result(self):
        from peers.systems import parakeet_

        with child.started() as kernels:
            work = suite.make("bubblesort", "", "tiny", 0)
            with parakeet_.shared(work, kernels) as out:
                right = parakeet_.bubblesort(out, kernels)
                work.check(right, 1)
                work.spoil()
                with self.assertRaises(Mismatch):
                    work.check(right, 1)

    def test_its_errors_and_its_end_are_reported(self):
        with child.started() as kernels:
            with self.assertRaisesRegex(RuntimeError, "KeyError"):
                kernels.ask("no such function")
            kernels.process.kill()
            with self.assertRaisesRegex(RuntimeError, "has ended"):
                kernels.ask("bubblesort")

    def test_it_ends_with_its_parent_however_the_parent_ends(self):
        for end in (signal.SIGKILL, signal.SIGTERM, None):
            parent = subprocess.Popen(
                [sys.executable, "-c", STARTS_AND_WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            pid = int(parent.stdout.readline())
            self.assertTrue(is_alive(pid))
            parent.send_signal(end) if end else parent.stdin.write("\n")
            parent.communicate()
            # a killed parent leaves its scratch folder to its supervisor
            shutil.rmtree(Path(tempfile.gettempdir()) / f"parallax-{parent.pid}-parakeet", ignore_errors=True)
            until = time.monotonic() + 10
            while is_alive(pid) and time.monotonic() < until:
                time.sleep(0.01)
            self.assertFalse(is_alive(pid), end)


if __name__ == "__main__":
    unittest.main()
