"""Scratch folders, named after their process, so that the supervisor can delete them after it."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

# The supervisor deletes folders with this prefix and a worker's id after it has ended that worker.
PREFIX = "parallax-"
PLACES = (Path("/tmp"), Path("/dev/shm"))


@contextmanager
def folder(kind, place="/tmp"):
    """A folder of this process in one of `PLACES`; its path is short, since a socket's path must be."""
    path = Path(place) / f"{PREFIX}{os.getpid()}-{kind}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    try:
        yield str(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)
