"""Installs Parakeet where a Python 2.7 is found, and has it compile a sort; elsewhere it says how to get one."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np

from peers import python2
from peers.python2 import child

REQUIREMENTS = Path(__file__).parents[2] / "requirements-parakeet.txt"
ASK = "import pip, sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)"


def candidates():
    """Where a Python 2.7 may be: on PATH, and where pyenv has those that it does not put there."""
    yield from filter(None, map(shutil.which, ("python2.7", "python2")))
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(root.glob("versions/2.7*/bin/python2.7"), reverse=True)


def clean():
    """The environment without what is for our own Python."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def find():
    """The first that has pip, as its version and its program; none if none has."""
    for candidate in candidates():
        try:
            told = subprocess.run([candidate, "-c", ASK], capture_output=True, text=True, env=clean())
        except OSError:
            continue
        version, _, program = told.stdout.strip().partition("\n")
        if told.returncode == 0 and version.startswith("2.7."):
            return version, program
    return None


def fetch():
    """Lets pip fetch the pinned packages; gives its last word, if it fails."""
    pip = [str(python2.python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
    wanted = ["--require-hashes", "--requirement", str(REQUIREMENTS), "--target", str(python2.packages())]
    told = subprocess.run([*pip, *wanted], capture_output=True, text=True, env=clean())
    last = told.stderr.strip().rpartition("\n")[2]
    return f"cannot be fetched: {last}" if told.returncode else None


def tried():
    """Has a small sort compiled; gives what goes wrong."""
    try:
        with child.started() as kernels:
            _, out = kernels.share(np.array([2, 0, 1]), np.zeros(3, np.int64))
            kernels.ask("bubblesort")
            return None if out.tolist() == [0, 1, 2] else f"sorts wrongly: {out.tolist()}"
    except RuntimeError as error:
        return f"does not compile here, which takes a C compiler and the headers of Python 2.7: {error}"


def install():
    """Tells, in a line, what there is now."""
    found = find()
    if found is None:
        return left_out("needs a Python 2.7 with pip, and none is on PATH or in pyenv")
    version, program = found
    wanted = f"{version}\n{REQUIREMENTS.read_text()}"
    if python2.absent() is None and python2.stamp().read_text() == wanted:
        return "is there"
    shutil.rmtree(python2.home(), ignore_errors=True)
    python2.home().mkdir(parents=True)
    python2.python().symlink_to(program)
    for step in (fetch, tried):
        if (complaint := step()) is not None:
            return left_out(complaint)
    python2.stamp().write_text(wanted)
    return f"is installed, on Python {version}"


def left_out(why):
    """Leaves the reason where `peers list` and the worker find it."""
    shutil.rmtree(python2.home(), ignore_errors=True)
    python2.home().mkdir(parents=True)
    python2.why().write_text(why)
    return f"left out, since it {why}; to have it: {python2.FETCH}"


if __name__ == "__main__":
    print(f"  parakeet: {install()}", flush=True)
