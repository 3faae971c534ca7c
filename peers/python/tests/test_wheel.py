"""The wheel parallax-rs works on each Python found here: its own tests pass in an environment for each."""

import glob
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from peers import native
from peers.native import wheel
from tests.optional import needs

VERSIONS = ["3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t"]


def answers(python):
    """Whether an interpreter starts: a shim of pyenv may not."""
    try:
        return subprocess.run([python, "-c", "import venv"], capture_output=True).returncode == 0
    except OSError:
        return False


def found(version):
    """An interpreter of this version, on PATH or in pyenv; None if there is none."""
    pattern = str(Path.home() / ".pyenv" / "versions" / "*" / "bin" / f"python{version}")
    candidates = [shutil.which(f"python{version}"), *sorted(glob.glob(pattern))]
    return next((python for python in candidates if python and answers(python)), None)


def run(*command, **options):
    """The output of a command; raises an error if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout + done.stderr


class Wheel(unittest.TestCase):
    @needs("peers", None if wheel.installed() else "parallax-rs is not installed")
    def test_its_tests_pass_on_each_python(self):
        tried = 0
        for version in VERSIONS:
            with self.subTest(version):
                python = found(version)
                if python is None:
                    self.skipTest(f"there is no python{version} here")
                tried += 1
                self.passes(python)
        self.assertGreater(tried, 0)

    def passes(self, python):
        with tempfile.TemporaryDirectory() as folder:
            run(python, "-m", "venv", folder)
            own = str(Path(folder, "bin", "python"))
            pip = [own, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--only-binary=:all:"]
            try:
                run(*pip, "numpy")
            except RuntimeError as error:
                self.skipTest(f"NumPy cannot be installed for {python}: {str(error).splitlines()[-1]}")
            run(*pip, "--no-deps", str(self.suitable(own)))
            environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
            told = run(own, "-B", "-m", "unittest", "discover", "-s", "tests", "-t", ".", cwd=wheel.BRIDGE, env=environment)
            self.assertRegex(told, r"Ran [4-9]\d tests")

    def suitable(self, python):
        """The installed wheel, or one that is built for a free-threaded interpreter."""
        if run(python, "-c", "import sys; print(sys.abiflags)").strip() == "t":
            return wheel.build(python, wheel.target() / "wheels-t")
        (built,) = (wheel.target() / "wheels").glob("*.whl")
        self.assertIn("-abi3-", built.name)
        return built


class Install(unittest.TestCase):
    def test_without_cargo_it_says_what_to_install(self):
        with tempfile.TemporaryDirectory() as home, mock.patch.dict(os.environ, PARALLAX_PEERS_HOME=home, PATH=""):
            native.folder().mkdir()
            with mock.patch("builtins.print") as said:
                self.assertFalse(wheel.install())
        self.assertIn("cargo is not on PATH", said.call_args[0][0])

    def test_the_hash_follows_what_is_compiled_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as folder:
            crate = Path(folder)
            (crate / "src").mkdir()
            (crate / "src" / "lib.rs").write_text("// one")
            with mock.patch.object(wheel, "ROOT", crate), mock.patch.object(wheel, "CRATES", [crate]):
                before = wheel.source_hash()
                (crate / "notes.md").write_text("a word")
                (crate / "target").mkdir()
                (crate / "target" / "made.rs").write_text("// made")
                self.assertEqual(wheel.source_hash(), before)
                (crate / "src" / "lib.rs").write_text("// two")
                self.assertNotEqual(wheel.source_hash(), before)

    def test_it_is_made_of_all_of_our_crates_that_it_depends_on(self):
        manifests = [(crate / "Cargo.toml").read_text() for crate in wheel.CRATES]
        names = {crate.name for crate in wheel.CRATES if crate != wheel.BRIDGE}
        (own, *_) = manifests
        told = {line.split(" =")[0].removeprefix("parallax-") for line in own.splitlines() if line.startswith("parallax-")}
        self.assertEqual(told, names)


if __name__ == "__main__":
    unittest.main()
