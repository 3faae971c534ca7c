"""SplitMix64 for compiled loops: the suite's random words, by index."""

import numpy as np
from numba import njit

GAMMA = np.uint64(0x9E3779B97F4A7C15)
ONE, TWO = np.uint64(1), np.uint64(2)
_A, _B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_27, _30, _31 = (np.uint64(k) for k in (27, 30, 31))


@njit(inline="always")
def mix(z):
    z = (z ^ z >> _30) * _A
    z = (z ^ z >> _27) * _B
    return z ^ z >> _31


@njit(inline="always")
def at(seed, i):
    return mix(seed + (np.uint64(i) + ONE) * GAMMA)
