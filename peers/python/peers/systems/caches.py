"""functools and cachetools: a decorator remembers what a function gave."""

import functools

import cachetools
from cachetools import cached

from peers.cells import cell
from peers.suite.random import MASK

LIBRARIES = ["cachetools"]

TECHNIQUES = {
    "functools-cache": {
        "idea": "a dictionary of all results, by decorator",
        "gives": "one line, in C, in the standard library",
        "costs": "it forgets nothing",
        "cores": "one",
    },
    "functools-lru-cache": {
        "idea": "the least recently used result is forgotten",
        "gives": "bounded memory for one argument more",
        "costs": "a linked list kept in order under a lock",
        "cores": "one",
    },
    "cachetools-lru": {
        "idea": "the same policy as a mapping in Python, with others beside it",
        "gives": "policies to choose from: LRU, LFU, TTL",
        "costs": "microseconds for each request, since it is pure Python",
        "cores": "one",
    },
}


@cell("memo", "functools-cache")
def memo(work, _):
    remembered = functools.cache(work.compute)
    total = sum(map(remembered, work.keys))
    return total & MASK, remembered.cache_info().hits, "unbounded"


@cell("memo", "functools-lru-cache")
def memo_lru(work, _):
    remembered = functools.lru_cache(maxsize=work.capacity)(work.compute)
    total = sum(map(remembered, work.keys))
    return total & MASK, remembered.cache_info().hits, "lru"


@cell("memo", "cachetools-lru")
def memo_cachetools(work, _):
    cache = cachetools.LRUCache(maxsize=work.capacity)
    remembered = cached(cache, info=True)(lambda key: work.compute(key))
    total = sum(map(remembered, work.keys))
    return total & MASK, remembered.cache_info().hits, "lru"
