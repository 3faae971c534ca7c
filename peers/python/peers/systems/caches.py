"""functools and cachetools: a decorator that remembers a function's results."""

import functools

import cachetools
from cachetools import cached

from peers.cells import cell
from peers.suite.random import MASK

LIBRARIES = ["cachetools"]

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
