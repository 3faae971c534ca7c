"""The distributions of libraries include their requirements, and no others."""

import tempfile
import unittest
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

from peers import distributions


def _fake(name, requires, folder=None, files=()):
    for file, size in files:
        (Path(folder) / file).write_bytes(b"x" * size)
    return SimpleNamespace(
        metadata={"Name": name},
        requires=requires,
        files=[file for file, _ in files],
        locate_file=lambda file: Path(folder) / file,
    )


class Distributions(unittest.TestCase):
    def test_extras_and_other_systems_bring_nothing(self):
        known = {
            "a": _fake("a", ["b>=1", 'c; extra == "more"', 'd; sys_platform == "win32"', "gone", "A_b"]),
            "b": _fake("b", ["a"]),
            "A_b": _fake("A_b", None),
        }

        def distribution(name):
            if name not in known:
                raise metadata.PackageNotFoundError(name)
            return known[name]

        self.assertEqual(sorted(distributions.closure(["a"], distribution)), ["a", "a-b", "b"])
        with self.assertRaises(metadata.PackageNotFoundError):
            distributions.closure(["gone"], distribution)

    def test_a_size_is_that_of_the_files_that_are_there(self):
        with tempfile.TemporaryDirectory() as folder:
            of = _fake("a", None, folder, [("x.py", 10), ("y.so", 7), ("x.pyc", 99)])
            of.files.append("removed.py")
            self.assertEqual(distributions.size(of), 17)

    def test_python_alone_brings_nothing_and_what_is_missing_is_told(self):
        self.assertEqual(distributions.brought(["python"]), {"distributions": 0, "bytes": 0})
        told = distributions.brought(["no-such-library"])
        self.assertIn("no-such-library is not installed", told["error"])
