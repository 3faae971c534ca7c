"""Other Pythons: a missing one is reported with the command that installs it, a present one ends with its cell."""

import os
import sys
import tempfile
import unittest
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import numpy as np

from peers import cells, interpreters, suite
from peers.suite.workload import Mismatch, Unavailable
from tests.optional import needs

FREE = '{"implementation": "cpython", "version": [3, 14, 9], "own_version": [3, 14, 9], "free_threaded": true}'

# Our own Python, as a stand-in for a free-threaded one: it claims to be one, and runs the given program.
STAND_IN = f"""#!/bin/sh
case "$2" in
  *Py_GIL_DISABLED*) echo '{FREE}';;
  *) exec {sys.executable} "$@";;
esac
"""


class Elsewhere(unittest.TestCase):
    """A machine on which PATH and pyenv have only the programs of the test."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        where = {"PYENV_ROOT": str(self.folder), "PATH": f"{self.folder}:/usr/bin:/bin"}
        self.enterContext(mock.patch.dict(os.environ, where))
        found = lambda name: str(self.folder / name) if (self.folder / name).exists() else None
        self.enterContext(mock.patch.object(interpreters.shutil, "which", found))
        self.enterContext(mock.patch.object(sys, "executable", str(self.folder / "ours")))
        interpreters.describe.cache_clear()
        self.addCleanup(interpreters.describe.cache_clear)

    def install(self, place, script):
        program = self.folder / place
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(script)
        program.chmod(0o755)

    def system(self, kind):
        return next(system for system in cells.systems() if system.python == kind)


class Absent(Elsewhere):
    def test_each_kind_names_what_it_needs_and_the_way_to_get_it(self):
        for kind, command in [
            ("pypy", "apt-get install pypy3"),
            ("free-threaded", "pyenv install 3.14t"),
            ("interpreter-pool", "pyenv install 3.14"),
        ]:
            system = self.system(kind)
            why, fetch = system.absent()
            self.assertTrue(why.startswith("needs a ") and "none is on PATH or in pyenv" in why, why)
            self.assertEqual(fetch, command)
            self.assertIsNone(system.version("python"))
            with self.assertRaisesRegex(Unavailable, command), interpreters.started(kind, "pools"):
                pass

    def test_a_program_of_the_name_that_is_something_else_is_not_taken(self):
        for script in ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho hello\n", STAND_IN.replace("true", "false")]:
            self.install("python3.14t", script)
            interpreters.describe.cache_clear()
            self.assertIsNotNone(interpreters.absent("free-threaded"), script)


class Present(Elsewhere):
    def test_one_on_path_is_found_before_those_of_pyenv_and_of_those_the_newest(self):
        for version in ("3.13.1t", "3.14.9t"):
            self.install(f"versions/{version}/bin/python3", STAND_IN)
        self.assertIn("3.14.9t", interpreters.find("free-threaded")[0])
        self.install("python3.13t", STAND_IN)
        self.assertTrue(interpreters.find("free-threaded")[0].endswith("python3.13t"))
        system = self.system("free-threaded")
        self.assertIsNone(system.absent())
        self.assertEqual(system.version("python"), "3.14.9")

    def test_its_cells_are_right_on_every_variant_and_a_stale_result_is_not(self):
        self.install("python3.14t", STAND_IN)
        with interpreters.started("free-threaded", "pools", "threads", 2) as child:
            pid = child.process.pid
            every_cell_is_right(self, child, "free-threaded")
        self.assertFalse(Path(f"/proc/{pid}").exists())

    def test_an_error_in_it_is_told_with_its_kind(self):
        self.install("python3.14t", STAND_IN)
        with interpreters.started("free-threaded", "pools", "threads", 1) as child:
            with self.assertRaisesRegex(RuntimeError, "free-threaded: KeyError"):
                child.ask(["no such function"])
            child.process.kill()
            with self.assertRaisesRegex(RuntimeError, "has ended"):
                child.ask(["montecarlo", 1, 1])


def every_cell_is_right(test, child, kind):
    """Runs each cell on its smallest inputs; a result that was overwritten afterwards must be rejected."""
    (system,) = (system for system in cells.systems() if system.python == kind)
    for cell in system.cells:
        function, load = cells.runnable(cell)
        for variant in range(4):
            work = suite.make(cell.workload, cell.case, "tiny", variant)
            loaded = load(work, child)
            with loaded if hasattr(loaded, "__enter__") else nullcontext(loaded) as loaded:
                work.spoil()
                result = function(loaded, child)
                work.check(result, 1)
                if isinstance(result, np.ndarray):
                    work.spoil()
                    with test.assertRaises(Mismatch):
                        work.check(result, 1)


@needs("pypy", interpreters.absent("pypy"))
class OfPyPy(unittest.TestCase):
    def test_every_cell_is_right_on_every_variant(self):
        with interpreters.started("pypy", "pypy") as child:
            every_cell_is_right(self, child, "pypy")


@needs("interpreter-pool", interpreters.absent("interpreter-pool"))
class OfInterpreters(unittest.TestCase):
    def test_every_cell_is_right_on_every_variant(self):
        with interpreters.started("interpreter-pool", "pools", "interpreters", 2) as child:
            every_cell_is_right(self, child, "interpreter-pool")


if __name__ == "__main__":
    unittest.main()
