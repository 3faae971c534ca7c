"""What a machine may lack: told where it is absent, found where it is present, insisted on where it is required."""

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from peers import catalogue, cells, native
from tests.optional import needs


def told(name):
    """Why a system is absent, and what fetches it, where all modules can be found."""
    system = next(system for system in cells.systems() if system.name == name)
    with mock.patch.object(cells, "_is_importable", lambda _: True, create=True):
        entry = catalogue.entry(system)
    return entry["absent"], entry["fetch"]


class Redis(unittest.TestCase):
    """It is what stands on PATH under its name."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.dict(os.environ, {"PATH": str(self.folder)}))
        self.enterContext(mock.patch.object(cells.System, "version", lambda *_: "1.0"))

    def test_without_one_celery_lacks_it_and_says_what_fetches_it(self):
        why, fetch = told("celery")
        self.assertIn("redis-server", why)
        self.assertEqual(fetch, "apt-get install redis-server")

    def test_with_one_celery_lacks_nothing(self):
        program = self.folder / "redis-server"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        self.assertEqual(told("celery"), (None, None))


class Library(unittest.TestCase):
    """A peer is there if its libraries are installed; one of this Python's own is always there."""

    def test_without_them_a_peer_is_absent_and_says_what_fetches_it(self):
        with mock.patch.object(cells.metadata, "version", side_effect=cells.metadata.PackageNotFoundError):
            for system in cells.systems():
                why, fetch = told(system.name)
                if system.libraries and not system.on_python2:  # what that one has is not this Python's to tell
                    self.assertTrue(why and "install" in fetch, system.name)

    def test_with_them_every_peer_that_needs_no_more_is_present(self):
        with mock.patch.object(cells.metadata, "version", return_value="1.0"):
            for system in cells.systems():
                if not (system.on_python2 or system.name in native.MODULES or system.name == "celery"):
                    self.assertEqual(told(system.name), (None, None), system.name)


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
