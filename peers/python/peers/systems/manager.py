"""multiprocessing.Manager: one process has the objects, and others call their methods through proxies."""

import threading
from contextlib import contextmanager
from multiprocessing.managers import BaseManager
from pathlib import Path

from peers import operations, scratch
from peers.cells import cell, start
from peers.crew import FORK, Crew
from peers.load import dies_with_parent
from peers.operations import Reader, after, entry, table_of
from peers.pieces import parts

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "multiprocessing-manager": {
        "idea": "a separate process has the table; the others send it up to 64 operations in a call of a proxy",
        "gives": "any object shared between processes, on one machine or many, with its own methods",
        "costs": "a message each way for a call, and one call at a time for all processes",
        "cores": "workers",
    }
}

BATCH = 64  # operations in one call


class Table:
    """The table, in the process of the manager, which has a thread for each client."""

    def __init__(self):
        self.pairs, self.lock = [], threading.Lock()

    def reset(self, entries):
        self.pairs = [entry(0)] * entries

    def operate(self, batch):
        """Does some operations, one after the other, and returns the entries that are read."""
        pairs, read = self.pairs, []
        with self.lock:
            for operation in batch:
                if operation >= 0:
                    read.append(pairs[operation])
                else:
                    pairs[~operation] = after(pairs[~operation])
        return b"".join(read)

    def all(self):
        return b"".join(self.pairs)


class Manager(BaseManager):
    """A manager with tables."""


Manager.register("Table", Table)


@start("multiprocessing-manager")
def manager(workers):
    """A table in a separate process, which listens on a socket in a folder that is deleted at the end."""
    with scratch.folder("manager") as folder:
        manager = Manager(str(Path(folder, "socket")), ctx=FORK)
        manager.start(initializer=dies_with_parent)
        with manager:
            yield manager.Table(), workers


def _operate(table, work, first, last):
    reader = Reader(work.entries)
    for block in operations.blocks(work, first, last):
        batch = block.tolist()
        read = [table.operate(batch[k : k + BATCH]) for k in range(0, len(batch), BATCH)]
        reader.see(block[block >= 0], b"".join(read))
    return reader.told()


@contextmanager
def clients(work, started):
    """A process for each worker, which calls the table through its own connection."""
    table, workers = started
    with Crew([(_operate, table, work, *part) for part in parts(work.n, workers)]) as crew:
        yield work, table, crew


@cell("lookup", "multiprocessing-manager", load=clients, slow={"medium": "half a minute", "large": "minutes"})
def lookup(loaded, _):
    work, table, crew = loaded
    table.reset(work.entries)
    crew.begin()
    told = crew.results()
    return operations.result(table_of([table.all()]), told)
