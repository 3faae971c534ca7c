# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Cython kernels: loops with C types, compiled to C when the peers are installed; `prange` runs them with OpenMP."""

cimport cython
from cython.parallel cimport prange
from libc.math cimport cos, log, sin, sqrt
from libc.stdint cimport int32_t, int64_t, uint64_t

import numpy as np


cdef inline uint64_t mix(uint64_t z) noexcept nogil:
    z = (z ^ z >> 30) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ z >> 27) * <uint64_t>0x94D049BB133111EB
    return z ^ z >> 31


cdef inline uint64_t at(uint64_t seed, uint64_t i) noexcept nogil:
    return mix(seed + (i + 1) * <uint64_t>0x9E3779B97F4A7C15)


def distances(const double[:, ::1] points):
    """All pairs, over typed memoryviews without bounds checks or negative indices."""
    cdef Py_ssize_t m = points.shape[0], i, j
    cdef double x, y, z
    out = np.empty((m, m))
    cdef double[:, ::1] d = out
    for i in range(m):
        for j in range(m):
            x = points[i, 0] - points[j, 0]
            y = points[i, 1] - points[j, 1]
            z = points[i, 2] - points[j, 2]
            d[i, j] = sqrt(x * x + y * y + z * z)
    return out


def distances_all(const double[:, ::1] points, int workers):
    """The same with OpenMP."""
    cdef Py_ssize_t m = points.shape[0], i, j
    cdef double x, y, z
    out = np.empty((m, m))
    cdef double[:, ::1] d = out
    for i in prange(m, nogil=True, num_threads=workers, schedule="static"):
        for j in range(m):
            x = points[i, 0] - points[j, 0]
            y = points[i, 1] - points[j, 1]
            z = points[i, 2] - points[j, 2]
            d[i, j] = sqrt(x * x + y * y + z * z)
    return out


def bubble(int64_t[::1] values):
    """The textbook sort; returns comparisons and swaps."""
    cdef Py_ssize_t end, i
    cdef int64_t held, comparisons = 0, swaps = 0, before
    for end in range(values.shape[0], 1, -1):
        before = swaps
        for i in range(1, end):
            if values[i - 1] > values[i]:
                held = values[i]
                values[i] = values[i - 1]
                values[i - 1] = held
                swaps += 1
        comparisons += end - 1
        if swaps == before:
            break
    return comparisons, swaps


def inside(uint64_t seed, int64_t samples):
    """Points in the quarter circle."""
    cdef int64_t i, hits = 0
    cdef uint64_t x, y
    for i in range(samples):
        x = at(seed, 2 * i) >> 33
        y = at(seed, 2 * i + 1) >> 33
        hits += x * x + y * y < <uint64_t>1 << 62
    return hits


def inside_all(uint64_t seed, int64_t samples, int workers):
    """The same with OpenMP, with a sum for each thread."""
    cdef int64_t i, hits = 0
    cdef uint64_t x, y
    for i in prange(samples, nogil=True, num_threads=workers, schedule="static"):
        x = at(seed, 2 * i) >> 33
        y = at(seed, 2 * i + 1) >> 33
        hits += x * x + y * y < <uint64_t>1 << 62
    return hits


cdef inline int32_t escape(double x, double y, int32_t limit) noexcept nogil:
    cdef int32_t steps = 0
    cdef double t
    while x * x + y * y < 4.0 and steps < limit:
        t = x * x - y * y - 0.62772
        y = 2.0 * x * y - 0.42193
        x = t
        steps += 1
    return steps


def escape_counts(const double[::1] xs, const double[::1] ys, int32_t limit):
    """The steps of every point, row by row."""
    cdef Py_ssize_t i, j
    out = np.empty((ys.shape[0], xs.shape[0]), np.int32)
    cdef int32_t[:, ::1] counts = out
    for i in range(ys.shape[0]):
        for j in range(xs.shape[0]):
            counts[i, j] = escape(xs[j], ys[i], limit)
    return out


def escape_counts_all(const double[::1] xs, const double[::1] ys, int32_t limit, int workers):
    """The same with OpenMP; rows differ a hundredfold in cost, so each goes to the next free thread."""
    cdef Py_ssize_t i, j
    out = np.empty((ys.shape[0], xs.shape[0]), np.int32)
    cdef int32_t[:, ::1] counts = out
    for i in prange(ys.shape[0], nogil=True, num_threads=workers, schedule="dynamic"):
        for j in range(xs.shape[0]):
            counts[i, j] = escape(xs[j], ys[i], limit)
    return out


def comparison(const double[::1] a, const double[::1] b):
    """`a*b - 4.125*a > 2.5*b` for each element."""
    cdef Py_ssize_t i
    out = np.empty(a.shape[0], np.bool_)
    cdef unsigned char[::1] truths = out.view(np.uint8)
    for i in range(a.shape[0]):
        truths[i] = a[i] * b[i] - 4.125 * a[i] > 2.5 * b[i]
    return out


def fibonacci(int n):
    """With the C integers of the published listing: it overflows from n = 47 on."""
    cdef int a = 0, b = 1, k
    for k in range(n):
        a, b = b, a + b
    return a


def mean_of_randoms(uint64_t seed, int64_t n):
    """The mean of the suite's random numbers in [0, 1)."""
    cdef int64_t i
    cdef double total = 0.0
    for i in range(n):
        total += <double>(at(seed, i) >> 11)
    return total / 9007199254740992.0 / n
