"""Optional parts: reported if absent, found if present, an error if required but absent."""

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from peers import catalogue, cells, native
from tests.optional import needs


def absence(name):
    """Why a system is absent, and the command that installs it, if all modules can be imported."""
    system = next(system for system in cells.systems() if system.name == name)
    with mock.patch.object(cells, "_is_importable", lambda _: True, create=True):
        entry = catalogue.entry(system)
    return entry["absent"], entry["fetch"]


class Program(unittest.TestCase):
    """Peers that need a program on PATH: Celery the Redis server, mpi4py the launcher of an MPI."""

    ABSENT = {
        "celery": ("redis-server is not on PATH", "apt-get install redis-server"),
        "mpi4py": ("mpirun is not on PATH", "apt-get install openmpi-bin"),
        "redis": ("redis-server is not on PATH", "apt-get install redis-server"),
    }

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.dict(os.environ, {"PATH": str(self.folder), "PARALLAX_HIDE": ""}))
        self.enterContext(mock.patch.object(cells.System, "version", lambda *_: "1.0"))

    def test_without_it_the_peer_is_absent_and_names_the_command_that_installs_it(self):
        self.assertEqual({name: absence(name) for name in cells.PROGRAMS}, self.ABSENT)

    def test_with_it_the_peer_is_present(self):
        self.install()
        for name in cells.PROGRAMS:
            self.assertEqual(absence(name), (None, None))

    def test_one_that_is_hidden_is_as_good_as_absent_and_the_other_is_present(self):
        self.install()
        for hidden, name, other in [("redis, browser", "celery", "mpi4py"), ("fortran,mpi", "mpi4py", "celery")]:
            with mock.patch.dict(os.environ, {"PARALLAX_HIDE": hidden}):
                self.assertEqual((absence(name), absence(other)), (self.ABSENT[name], (None, None)))

    def install(self):
        for _, program, _ in cells.PROGRAMS.values():
            file = self.folder / program
            file.write_text("#!/bin/sh\n")
            file.chmod(0o755)


class Library(unittest.TestCase):
    """A peer is present if its libraries are installed; a peer that needs only the standard library always is."""

    def test_without_them_a_peer_is_absent_and_names_the_command_that_installs_it(self):
        with mock.patch.object(cells.metadata, "version", side_effect=cells.metadata.PackageNotFoundError):
            for system in cells.systems():
                why, fetch = absence(system.name)
                if system.libraries and not system.python:  # or its libraries are not in this Python
                    self.assertTrue(why and "install" in fetch, system.name)

    def test_with_them_every_peer_that_needs_no_more_is_present(self):
        with mock.patch.object(cells.metadata, "version", return_value="1.0"):
            for system in cells.systems():
                if not (system.python or system.name in native.MODULES or system.name in cells.PROGRAMS):
                    self.assertEqual(absence(system.name), (None, None), system.name)


class Needs(unittest.TestCase):
    def test_with_the_part_the_test_runs(self):
        self.assertIs(needs("peers", None)(Program), Program)

    def test_without_the_part_the_test_is_skipped_with_the_reason(self):
        with mock.patch.dict(os.environ, {"PARALLAX_REQUIRE": "browser"}):
            skipped = needs("peers", "it is not installed")(type("Skipped", (unittest.TestCase,), {}))
        self.assertEqual(skipped.__unittest_skip_why__, "needs peers: it is not installed")

    def test_a_required_part_that_is_missing_is_an_error(self):
        with mock.patch.dict(os.environ, {"PARALLAX_REQUIRE": "browser,peers"}):
            with self.assertRaisesRegex(RuntimeError, "PARALLAX_REQUIRE names 'peers'"):
                needs("peers", "it is not installed")


if __name__ == "__main__":
    unittest.main()
