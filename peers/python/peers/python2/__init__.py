"""The Python 2.7 that Parakeet needs: where it is, what is installed, and why it is missing."""

import os
from importlib import metadata
from pathlib import Path

FETCH = "pyenv install 2.7.18 && cargo xtask peers install"


def home():
    """The folder of this Python, as an absolute path."""
    return Path(os.environ.get("PARALLAX_PEERS_HOME", "target/peers")).absolute() / "python2"


def python():
    """Its interpreter, a symbolic link."""
    return home() / "python"


def packages():
    """The folder of its packages, in place of a virtual environment."""
    return home() / "packages"


def stamp():
    """A file with the interpreter's version and what was installed; it is written last."""
    return home() / "installed"


def failure():
    """A file with one line that says why the installation failed."""
    return home() / "why"


def version(library):
    """The version of a package, or of `python` itself; None if it is not installed."""
    if absent() is not None:
        return None
    if library == "python":
        return stamp().read_text().partition("\n")[0]
    found = next(iter(metadata.distributions(name=library, path=[str(packages())])), None)
    return found and found.version


def absent():
    """Why this Python is missing; None if it is there."""
    if stamp().exists() and python().exists():
        return None
    return failure().read_text() if failure().exists() else "needs a Python 2.7 with pip, not searched for yet"


def environment(scratch):
    """The environment of its processes: its own packages, and a folder for all files that they write."""
    own = {"PYTHONPATH": str(packages()), "PYTHONDONTWRITEBYTECODE": "1"}
    return os.environ | own | {"TMPDIR": scratch, "XDG_CACHE_HOME": scratch}
