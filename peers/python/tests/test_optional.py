"""What a machine may lack: told where it is absent, found where it is present, insisted on where it is required."""

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from peers import catalogue, cells
from tests.optional import needs


def system(name):
    return next(system for system in cells.systems() if system.name == name)


class Redis(unittest.TestCase):
    """It is what stands on PATH under its name."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.dict(os.environ, {"PATH": str(self.folder)}))

    def test_without_one_celery_lacks_it_and_says_what_fetches_it(self):
        why, fetch = catalogue.lacks(system("celery"))
        self.assertIn("redis-server", why)
        self.assertEqual(fetch, "apt-get install redis-server")

    def test_with_one_celery_lacks_nothing(self):
        program = self.folder / "redis-server"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        self.assertIsNone(catalogue.lacks(system("celery")))


class Library(unittest.TestCase):
    """A peer is there if its libraries are installed."""

    def test_without_one_a_peer_is_absent_and_says_what_fetches_it(self):
        numpy = system("numpy")
        with mock.patch.object(cells.metadata, "version", side_effect=cells.metadata.PackageNotFoundError):
            why, fetch = numpy.absent()
        self.assertIn("numpy not installed", why)
        self.assertEqual(fetch, "cargo xtask peers install")

    def test_with_all_of_them_every_peer_of_this_python_is_present(self):
        with mock.patch.object(cells.metadata, "version", return_value="1.0"):
            absent = [system.name for system in cells.systems() if not system.on_python2 and system.absent()]
        self.assertEqual(absent, [])


class Needs(unittest.TestCase):
    def test_what_is_here_is_tested(self):
        self.assertIs(needs("peers", None)(Redis), Redis)

    def test_what_is_not_here_is_skipped_with_the_reason(self):
        with mock.patch.dict(os.environ, {"PARALLAX_REQUIRE": "browser"}):
            skipped = needs("peers", "it is not installed")(type("Skipped", (unittest.TestCase,), {}))
        self.assertEqual(skipped.__unittest_skip_why__, "for want of peers: it is not installed")

    def test_what_is_required_may_not_be_missing(self):
        with mock.patch.dict(os.environ, {"PARALLAX_REQUIRE": "browser,peers"}):
            with self.assertRaisesRegex(RuntimeError, "PARALLAX_REQUIRE names 'peers'"):
                needs("peers", "it is not installed")


if __name__ == "__main__":
    unittest.main()
