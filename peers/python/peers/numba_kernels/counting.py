"""Counts over random words: points in a quarter circle, and a histogram."""

import numpy as np
from numba import njit, prange

from peers.numba_kernels.words import GAMMA, ONE, TWO, at, mix

_33, _48, _7 = np.uint64(33), np.uint64(48), np.uint64(7)
_LIMIT = np.uint64(1 << 62)
_PAIR = np.uint64(2 * int(GAMMA) & (1 << 64) - 1)


@njit(nogil=True)
def inside(seed, first, last):
    """The points from `first` up to `last`; the generator's state is carried from point to point by an addition."""
    hits, z = 0, seed + (TWO * np.uint64(first) + ONE) * GAMMA
    for _ in range(first, last):
        x, y = mix(z) >> _33, mix(z + GAMMA) >> _33
        hits += x * x + y * y < _LIMIT
        z += _PAIR
    return hits


@njit(parallel=True)
def inside_all(seed, samples, workers):
    """All points cost the same, so each thread gets one stretch."""
    hits = 0
    for k in prange(workers):
        hits += inside(seed, samples * k // workers, samples * (k + 1) // workers)
    return hits


KEYS = 1024  # keys that are made at a time, by SIMD, before they are counted
TABLES = 4  # several, so that equal keys in a row do not wait for each other's increments


def tables(bins, workers):
    """The tables that each thread counts in: several if they fit into the nearest cache."""
    return np.empty((workers, TABLES if bins <= 1024 else 1, bins), np.int32)


@njit(inline="always")
def _bin_of(seed, i, mask, skewed):
    r = at(seed, i)
    if skewed:
        bit = ONE << (r >> _48 & _7)
        return bit + (r & (bit - ONE))
    return r & mask


@njit
def _count(seed, first, last, mask, skewed, tables):
    """Counts the keys from `first` up to `last`; neighbouring keys go to different tables."""
    keys, several = np.empty(KEYS, np.uint64), tables.shape[0] - 1
    tables[:] = 0
    whole = first + (last - first) // KEYS * KEYS
    for start in range(first, whole, KEYS):
        for k in range(KEYS):
            keys[k] = _bin_of(seed, start + k, mask, skewed)
        for k in range(0, KEYS, TABLES):
            for t in range(TABLES):
                tables[t & several, keys[k + t]] += 1
    for i in range(whole, last):
        tables[0, _bin_of(seed, i, mask, skewed)] += 1


@njit
def _merge(tables, out):
    out[:] = 0
    for table in tables.reshape(-1, out.size):
        out += table


@njit
def histogram(seed, n, mask, skewed, tables, out):
    _count(seed, 0, n, mask, skewed, tables[0])
    _merge(tables, out)


@njit(parallel=True)
def histogram_all(seed, n, mask, skewed, tables, out):
    """Tables for each thread, added up at the end, since threads would race on shared ones."""
    workers = tables.shape[0]
    for k in prange(workers):
        _count(seed, n * k // workers, n * (k + 1) // workers, mask, skewed, tables[k])
    _merge(tables, out)
