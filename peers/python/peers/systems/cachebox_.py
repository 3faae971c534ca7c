"""cachebox: caches of several policies, written in Rust, with the interface of a dictionary."""

import cachebox

from peers.cells import cell
from peers.pieces import spin
from peers.suite.random import MASK

LIBRARIES = ["cachebox", "numba"]

TECHNIQUES = {
    "cachebox-lru": {
        "idea": "the least recently used result is evicted, by a hash table and a list in Rust",
        "gives": "a request for little more than a dictionary's, and policies to choose from",
        "costs": "a lock for each request, and its decorator, in Python, costs more than the cache",
        "cores": "one",
    },
}


def compiled(work, _):
    """Makes the workload compute its values by compiled code, as for the other caches."""
    work.spin = spin
    return work


@cell("memo", "cachebox-lru", load=compiled, kernel="pieces.py:spin", algorithm="lru")
def memo(work, _):
    """The mapping itself, with explicit `get` and `insert`."""
    cache, compute, total, hits = cachebox.LRUCache(work.capacity), work.compute, 0, 0
    get, insert = cache.get, cache.insert
    for key in work.keys:
        value = get(key)
        if value is None:
            value = compute(key)
            insert(key, value)
        else:
            hits += 1
        total += value
    return total & MASK, hits, "lru"
