"""Random numbers by index, which every worker can compute for itself: SplitMix64, for one index or for an array.

The generator is Steele, Lea and Flood's SplitMix64 ("Fast splittable pseudorandom number generators",
OOPSLA 2014), evaluated at an index, so every language and every order of work gets the same input.
"""

import functools
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15
_A, _B = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_CHUNK = 1 << 14  # words at a time, which stay in a core's own cache
_WORDS_PER_THREAD = 1 << 18  # at least, else a second thread costs more than it saves


def seed(workload, variant):
    """The seed of a workload, given by its number, in an input variant."""
    return 0x5EED << 48 | variant << 32 | workload


def mix1(z):
    """Mixes the bits of one word; a bijection on 64 bits."""
    z = (z ^ z >> 30) * _A & MASK
    z = (z ^ z >> 27) * _B & MASK
    return z ^ z >> 31


def at1(key, i):
    """Word `i` of the stream that `key` names."""
    return mix1(key + (i + 1) * GAMMA & MASK)


def spin1(h, turns):
    """Opaque work: `turns` dependent mixes."""
    for _ in range(turns):
        z = h + GAMMA & MASK
        z = (z ^ z >> 30) * _A & MASK
        z = (z ^ z >> 27) * _B & MASK
        h = z ^ z >> 31
    return h


def mix(z):
    """Mixes an array of words in place, and returns it."""
    t = z >> np.uint64(30)
    z ^= t
    z *= np.uint64(_A)
    np.right_shift(z, np.uint64(27), out=t)
    z ^= t
    z *= np.uint64(_B)
    np.right_shift(z, np.uint64(31), out=t)
    z ^= t
    return z


def at(key, i):
    """The words of the stream that `key` names at an array of indices."""
    z = np.asarray(i, np.uint64) + np.uint64(1)
    z *= np.uint64(GAMMA)
    z += np.uint64(key)
    return mix(z)


def stretch(key, first, last, step=1):
    """The words from index `first` up to `last`, every `step`-th of them."""
    return at(key, np.arange(first, last, step, dtype=np.uint64))


def spin(h, turns):
    """Opaque work on each word of an array."""
    h = np.array(h, np.uint64)
    for _ in range(turns):
        h += np.uint64(GAMMA)
        mix(h)
    return h


def words(values):
    """The 64 bits of each value that enter a digest; -0.0 enters as 0.0."""
    values = np.asarray(values).reshape(-1)
    if values.dtype in (np.float64, np.float32):  # single precision by its value in double
        return (values.astype(np.float64, copy=False) + 0.0).view(np.uint64)
    if values.dtype.kind == "i":
        return values.astype(np.int64, copy=False).view(np.uint64)
    if values.dtype.kind in "ub":
        return values.astype(np.uint64, copy=False)
    raise TypeError(f"an array of {values.dtype} has no digest")


def digest(values):
    """One word that identifies a whole output: the sum of `mix(word ^ mix(place))`."""
    values = np.asarray(values).reshape(-1)
    parts = min(len(values) // _WORDS_PER_THREAD, len(os.sched_getaffinity(0)))
    if parts < 2:
        return _partial_digest(values, 0, len(values)) & MASK
    cuts = [len(values) * k // parts for k in range(parts + 1)]
    with ThreadPoolExecutor(parts) as threads:  # NumPy releases the GIL while it works
        return sum(threads.map(functools.partial(_partial_digest, values), cuts, cuts[1:])) & MASK


def _partial_digest(values, start, end):
    """The share of the digest that the words from `start` up to `end` add."""
    total = 0
    for first in range(start, end, _CHUNK):
        part = words(values[first : min(first + _CHUNK, end)])
        place = mix(np.arange(first, first + len(part), dtype=np.uint64))
        total += int(np.add.reduce(mix(place ^ part), dtype=np.uint64))
    return total
