"""Availability of systems is tested without importing or starting them."""

import importlib
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from peers import cells
from peers.worker import Session

SOURCE = '''"""A system that takes long to start."""

import dawdling.engine

from peers.cells import cell, start

LIBRARIES = ["dawdling"]

TECHNIQUES = {"dawdling": {"idea": "", "gives": "", "costs": "", "cores": "one"}}


@start("dawdling")
def engine(workers):
    yield dawdling.engine.Engine()


@cell("montecarlo", "dawdling")
def montecarlo(work, engine):
    return engine.run(work)
'''


class Availability(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.site = self.folder / "site"
        package = self.site / "dawdling"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise SystemExit('it was imported')")
        info = self.site / "dawdling-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dawdling\nVersion: 1.2\n")
        source = self.folder / "dawdling_.py"
        source.write_text(SOURCE)
        path = mock.patch.object(sys, "path", [str(self.site), *sys.path])
        path.start()
        self.addCleanup(path.stop)
        importlib.invalidate_caches()
        self.system = cells.System(source)

    def listed(self):
        (cell,) = Session([self.system], None, (0, 0), []).list(None)["cells"]
        self.assertNotIn("dawdling", sys.modules)
        return cell

    def test_an_installed_system_is_ready_and_none_of_its_code_has_run(self):
        self.assertEqual(self.listed()["known"], {"status": "ready"})
        self.assertEqual(self.listed()["libraries"]["dawdling"], "1.2")

    def test_a_system_that_is_not_installed_names_the_command_that_installs_it(self):
        (self.site / "dawdling-1.2.dist-info" / "METADATA").unlink()
        (self.site / "dawdling-1.2.dist-info").rmdir()
        known = self.listed()["known"]
        self.assertEqual(known["status"], "unavailable")
        self.assertEqual(known["reason"], "dawdling not installed; run `cargo xtask peers install`")

    def test_metadata_without_the_module_is_not_enough(self):
        (self.site / "dawdling" / "__init__.py").unlink()
        (self.site / "dawdling").rmdir()
        importlib.invalidate_caches()
        known = self.listed()["known"]
        self.assertEqual(known["status"], "unavailable")
        self.assertIn("dawdling cannot be imported", known["reason"])

    def test_a_request_for_it_is_refused_for_the_same_reason(self):
        (self.site / "dawdling" / "__init__.py").unlink()
        (self.site / "dawdling").rmdir()
        importlib.invalidate_caches()
        wanted = {"do": "prepare", "workload": "montecarlo", "technique": "dawdling", "size": "tiny"}
        session = Session([self.system], None, (0, 0), [])
        reply = session.answer(wanted | {"variant": 0, "workers": 1}, b"")
        self.assertEqual((reply["reply"], reply["reason"]), ("refused", self.listed()["known"]["reason"]))

    def test_an_import_inside_one_cell_is_not_needed_by_the_others(self):
        source = self.folder / "dawdling_.py"
        source.write_text(SOURCE.replace("import dawdling.engine\n", "").replace("return", "import nowhere\n    return"))
        system = cells.System(source)
        self.assertIsNone(system.absent())
        self.assertIn("nowhere cannot be imported", system.absent(system.cells[0])[0])

    def test_a_processor_without_the_instructions_makes_it_unavailable(self):
        card = self.system.techniques["dawdling"]
        card["instructions"] = "avx9"
        known = self.listed()["known"]
        self.assertEqual(known, {"status": "unavailable", "reason": "it needs AVX9, which this processor lacks"})
        with mock.patch("peers.worker._instructions", lambda: {"avx9"}):
            self.assertEqual(self.listed()["known"], {"status": "ready"})

    def test_celery_without_redis_is_not_ready(self):
        celery = next(system for system in cells.systems() if system.name == "celery")
        here = mock.patch.object(cells, "_is_importable", lambda _: True)
        installed = mock.patch.object(cells.System, "version", lambda *_: "1.0")
        with here, installed, mock.patch.dict(os.environ, {"PATH": str(self.folder), "PARALLAX_HIDE": ""}):
            self.assertEqual(celery.absent(), ("redis-server is not on PATH", "apt-get install redis-server"))
        redis = self.folder / "redis-server"
        redis.write_text("#!/bin/sh\n")
        redis.chmod(0o755)
        with here, installed, mock.patch.dict(os.environ, {"PATH": str(self.folder), "PARALLAX_HIDE": ""}):
            self.assertIsNone(celery.absent())


if __name__ == "__main__":
    unittest.main()
