"""Files and shared memory that are gone when their process is: their names say whose they are."""

import os
import shutil
from contextlib import contextmanager
from multiprocessing import shared_memory
from pathlib import Path

# The supervisor removes what is named so after it has ended a worker.
PREFIX = "parallax-"
PLACES = (Path("/tmp"), Path("/dev/shm"))


@contextmanager
def folder(kind):
    """A folder of this process; short, for sockets that live in it."""
    path = Path(f"/tmp/{PREFIX}{os.getpid()}-{kind}")
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    try:
        yield str(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def block(size):
    """Shared memory of this process, unlinked at the end."""
    block.count += 1
    shared = shared_memory.SharedMemory(f"{PREFIX}{os.getpid()}-{block.count}", create=True, size=size)
    try:
        yield shared
    finally:
        shared.close()
        shared.unlink()


block.count = 0
