"""Scratch folders and shared memory, named after their process so that nothing outlives it."""

import os
import shutil
from contextlib import contextmanager
from multiprocessing import shared_memory
from pathlib import Path

# The supervisor removes what has this prefix and a worker's id after it has ended that worker.
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


@contextmanager
def block(size):
    """A block of shared memory of this process, unlinked at the end."""
    block.count += 1
    shared = shared_memory.SharedMemory(f"{PREFIX}{os.getpid()}-{block.count}", create=True, size=size)
    try:
        yield shared
    finally:
        shared.close()
        shared.unlink()


block.count = 0
