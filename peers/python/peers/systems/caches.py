"""functools and cachetools: decorators and mappings that cache a function's results.

Caches are compared with those of the same policy and bound: `unbounded` keeps everything, `lru` evicts the least
recently used.
"""

import functools

import cachetools

from peers.cells import cell
from peers.pieces import spin
from peers.suite.random import MASK

LIBRARIES = ["cachetools", "numba"]

TECHNIQUES = {
    "functools-cache": {
        "idea": "a decorator that keeps all results in a dictionary",
        "gives": "one line; the standard library has it in C",
        "costs": "memory grows without a limit",
        "cores": "one",
    },
    "functools-lru-cache": {
        "idea": "the same, but the least recently used result is evicted",
        "gives": "bounded memory, for one more argument",
        "costs": "a linked list kept in order under a lock",
        "cores": "one",
    },
    "cachetools-lru": {
        "idea": "the same policy as a mapping in pure Python, one of several",
        "gives": "policies to choose from: LRU, LFU, TTL",
        "costs": "microseconds per request, since it is pure Python",
        "cores": "one",
    },
    "uncached": {
        "idea": "every value is computed, none is cached",
        "gives": "the baseline of all caches in Python",
        "costs": "each repeated request costs as much as the first",
        "cores": "one",
    },
}


def compiled(work, _):
    """Makes the workload compute its values by compiled code, else a miss would cost the interpreter's time."""
    work.spin = spin
    return work


@cell("memo", "uncached", load=compiled, kernel="pieces.py:spin")
def memo_uncached(work, _):
    return sum(map(work.compute, work.keys)) & MASK, 0, "nothing"


@cell("memo", "functools-cache", load=compiled, kernel="pieces.py:spin", algorithm="unbounded")
def memo(work, _):
    remembered = functools.cache(work.compute)
    total = sum(map(remembered, work.keys))
    return total & MASK, remembered.cache_info().hits, "unbounded"


@cell("memo", "functools-lru-cache", load=compiled, kernel="pieces.py:spin", algorithm="lru")
def memo_lru(work, _):
    remembered = functools.lru_cache(maxsize=work.capacity)(work.compute)
    total = sum(map(remembered, work.keys))
    return total & MASK, remembered.cache_info().hits, "lru"


@cell("memo", "cachetools-lru", load=compiled, kernel="pieces.py:spin", algorithm="lru")
def memo_cachetools(work, _):
    """The mapping itself, by hand: the decorator `cached` would make a tuple of each call's arguments."""
    cache, compute, total = cachetools.LRUCache(maxsize=work.capacity), work.compute, 0
    before = work.calls
    for key in work.keys:
        try:
            total += cache[key]
        except KeyError:
            cache[key] = value = compute(key)
            total += value
    return total & MASK, len(work.keys) - (work.calls - before), "lru"
