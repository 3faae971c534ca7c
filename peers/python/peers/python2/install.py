"""Installs Parakeet if a Python 2.7 is found, and compiles a small sort; otherwise says how to get that Python."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np

from peers import python2
from peers.python2 import child

REQUIREMENTS = Path(__file__).parents[2] / "requirements-parakeet.txt"
DESCRIBE = "import pip, sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)"


def candidates():
    """The places of a Python 2.7: on PATH, and among pyenv's versions."""
    yield from filter(None, map(shutil.which, ("python2.7", "python2")))
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(root.glob("versions/2.7*/bin/python2.7"), reverse=True)


def clean_environment():
    """The environment without the variables for our own Python."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def find():
    """The version and the program of the first Python 2.7 with pip; None if there is none."""
    for candidate in candidates():
        try:
            command = [candidate, "-c", DESCRIBE]
            answer = subprocess.run(command, capture_output=True, text=True, env=clean_environment())
        except OSError:
            continue
        version, _, program = answer.stdout.strip().partition("\n")
        if answer.returncode == 0 and version.startswith("2.7."):
            return version, program
    return None


def fetch():
    """Installs the pinned packages with pip; returns the last line of its errors if it fails."""
    pip = [str(python2.python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
    wanted = ["--require-hashes", "--requirement", str(REQUIREMENTS), "--target", str(python2.packages())]
    done = subprocess.run([*pip, *wanted], capture_output=True, text=True, env=clean_environment())
    last = done.stderr.strip().rpartition("\n")[2]
    return f"cannot be fetched: {last}" if done.returncode else None


def compile_sort():
    """Compiles and runs a small sort; returns what went wrong."""
    try:
        with child.started() as kernels:
            _, out = kernels.share(np.array([2, 0, 1]), np.zeros(3, np.int64))
            kernels.ask("bubblesort")
            return None if out.tolist() == [0, 1, 2] else f"sorts wrongly: {out.tolist()}"
    except RuntimeError as error:
        return f"does not compile here; it needs a C compiler and the headers of Python 2.7: {error}"


def install():
    """Installs what is missing; returns a line that says the outcome."""
    found = find()
    if found is None:
        return left_out("needs a Python 2.7 with pip, and none is on PATH or in pyenv")
    version, program = found
    wanted = f"{version}\n{REQUIREMENTS.read_text()}"
    if python2.absent() is None and python2.stamp().read_text() == wanted:
        return "is up to date"
    shutil.rmtree(python2.home(), ignore_errors=True)
    python2.home().mkdir(parents=True)
    python2.python().symlink_to(program)
    for step in (fetch, compile_sort):
        if (reason := step()) is not None:
            return left_out(reason)
    python2.stamp().write_text(wanted)
    return f"is installed, on Python {version}"


def left_out(reason):
    """Writes the reason to the file that `peers list` and the worker read."""
    shutil.rmtree(python2.home(), ignore_errors=True)
    python2.home().mkdir(parents=True)
    python2.failure().write_text(reason)
    return f"left out, since it {reason}; to install it: {python2.FETCH}"


if __name__ == "__main__":
    print(f"  parakeet: {install()}", flush=True)
