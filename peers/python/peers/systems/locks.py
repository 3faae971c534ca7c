"""A table that threads share: a lock around each operation, or immutable entries that are replaced.

One thread runs Python at a time, so these rows show the cost of sharing in addition to the interpreter's, and no gain
by cores.
"""

import threading

from peers import operations
from peers.cells import cell
from peers.operations import Reader, after, entry, table_of
from peers.pieces import parts
from peers.systems.threads import run_all

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "threading-immutable": {
        "idea": "an entry is an immutable object with both words; only a change takes the lock",
        "gives": "readers that take no lock, and can read many entries in one call",
        "costs": "an object for each change",
        "cores": "workers",
    },
    "threading-lock": {
        "idea": "a dictionary and one `threading.Lock`, taken for each operation",
        "gives": "any operation on any number of entries, atomically",
        "costs": "the lock for each read as well",
        "cores": "workers",
    },
}


def consult(work, workers, operate):
    """Runs threads on a table, each with a share of the operations."""
    table, lock, told = {k: entry(0) for k in range(work.entries)}, threading.Lock(), []

    def share(first, last):
        reader = Reader(work.entries)
        for block in operations.blocks(work, first, last):
            reader.see(block[block >= 0], b"".join(operate(table, lock, block)))
        told.append(reader.told())

    run_all([(share, part) for part in parts(work.n, workers)])
    return operations.result(table_of(table.values()), told)


def with_lock(table, lock, block):
    """The entries that are read, with the lock around each operation."""
    pairs = []
    for operation in block.tolist():
        if operation >= 0:
            with lock:
                pair = table[operation]
            pairs.append(pair)
        else:
            with lock:
                table[~operation] = after(table[~operation])
    return pairs


def with_immutable_entries(table, lock, block):
    """The entries that are read; one call reads all entries between two changes."""
    pairs, get = [], table.__getitem__
    for reads, changed in operations.stretches(block):
        pairs += map(get, reads)
        if changed is not None:
            with lock:
                table[changed] = after(table[changed])
    return pairs


@cell("lookup", "threading-lock", slow={"medium": "half a minute", "large": "minutes"})
def lookup(work, workers):
    return consult(work, workers, with_lock)


@cell("lookup", "threading-immutable", slow={"large": "a minute"})
def lookup_immutable(work, workers):
    return consult(work, workers, with_immutable_entries)
