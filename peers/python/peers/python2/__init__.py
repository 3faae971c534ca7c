"""A Python 2.7 beside ours, which Parakeet needs: where it is, what it has, and why it is not there."""

import os
from importlib import metadata
from pathlib import Path

FETCH = "pyenv install 2.7.18 && cargo xtask peers install"


def home():
    """Where all of it is, seen from any folder."""
    return Path(os.environ.get("PARALLAX_PEERS_HOME", "target/peers")).absolute() / "python2"


def python():
    """Its interpreter, a link."""
    return home() / "python"


def packages():
    """Its packages: a folder of their own does what a virtual environment would."""
    return home() / "packages"


def stamp():
    """What was installed, under the version of the interpreter; written last."""
    return home() / "installed"


def why():
    """What went wrong, in a line."""
    return home() / "why"


def version(library):
    """The version of a package, or of `python` itself; none without it."""
    if absent() is not None:
        return None
    if library == "python":
        return stamp().read_text().partition("\n")[0]
    found = next(iter(metadata.distributions(name=library, path=[str(packages())])), None)
    return found and found.version


def absent():
    """Why it is not there; none if it is."""
    if stamp().exists() and python().exists():
        return None
    return why().read_text() if why().exists() else "needs a Python 2.7 with pip, and none was looked for yet"


def environment(scratch):
    """What its processes get: its own packages, and a folder for all that they write."""
    own = {"PYTHONPATH": str(packages()), "PYTHONDONTWRITEBYTECODE": "1"}
    return os.environ | own | {"TMPDIR": scratch, "XDG_CACHE_HOME": scratch}
