# cython: language_level=3
"""The Cython listings of the claims, in the style of their sources: what is typed and which checks are off matters."""

cimport cython
cimport numpy as np
from libc.math cimport sqrt
from libc.stdlib cimport RAND_MAX, rand, srand

import random

import numpy as np

np.import_array()
ctypedef np.int64_t INT


@cython.boundscheck(False)
@cython.wraparound(False)
def bubble_sort(values):
    """A memory view of C longs, without checks; returns how often two values were swapped."""
    cdef long[:] v = values
    cdef long held, swaps = 0
    cdef Py_ssize_t i, k
    cdef bint swapped = True
    for i in range(v.shape[0]):
        if not swapped:
            break
        swapped = False
        for k in range(v.shape[0] - i - 1):
            if v[k] > v[k + 1]:
                held = v[k + 1]
                v[k + 1] = v[k]
                v[k] = held
                swapped = True
                swaps += 1
    return swaps


@cython.boundscheck(False)
@cython.wraparound(False)
def comparison_with_plus(double[:, :] a, double[:, :] b):
    """As published, with a plus where the others have a minus, and truths as doubles."""
    cdef Py_ssize_t i, k
    cdef double[:, :] out = np.empty((a.shape[0], a.shape[1]))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            out[i, k] = a[i, k] * b[i, k] + 4.1 * a[i, k] > 2.5 * b[i, k]
    return np.asarray(out)


@cython.boundscheck(False)
@cython.wraparound(False)
def comparison(double[:, :] a, double[:, :] b):
    """The expression that the others compute."""
    cdef Py_ssize_t i, k
    cdef double[:, :] out = np.empty((a.shape[0], a.shape[1]))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            out[i, k] = a[i, k] * b[i, k] - 4.1 * a[i, k] > 2.5 * b[i, k]
    return np.asarray(out)


@cython.boundscheck(False)
@cython.wraparound(False)
def pairwise(double[:, ::1] points):
    """Three loops over a contiguous memory view."""
    cdef Py_ssize_t m = points.shape[0], n = points.shape[1], i, j, k
    cdef double difference, total
    cdef double[:, ::1] out = np.empty((m, m))
    for i in range(m):
        for j in range(m):
            total = 0.0
            for k in range(n):
                difference = points[i, k] - points[j, k]
                total += difference * difference
            out[i, j] = sqrt(total)
    return np.asarray(out)


def seed_c(unsigned int seed):
    srand(seed)


def mean_by_calls(long n):
    """Typed, but each number comes from Python's generator."""
    cdef long i
    cdef double total = 0.0
    for i in range(n):
        total += random.random()
    return total / n


def mean_by_c(long n):
    """Numbers from C's `rand`, added up in single precision."""
    cdef long i
    cdef float total = 0.0
    for i in range(n):
        total += <float>rand() / RAND_MAX
    return total / n


def fibonacci_untyped(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def fibonacci(int n):
    """With C ints, which overflow from n = 47 on."""
    cdef int a = 0, b = 1, k
    for k in range(n):
        a, b = b, a + b
    return a


def convolve_untyped(f, g):
    """Python code, compiled."""
    smid, tmid = g.shape[0] // 2, g.shape[1] // 2
    xmax, ymax = f.shape[0] + 2 * smid, f.shape[1] + 2 * tmid
    h = np.zeros([xmax, ymax], dtype=f.dtype)
    for x in range(xmax):
        for y in range(ymax):
            value = 0
            for s in range(max(smid - x, -smid), min(xmax - x - smid, smid + 1)):
                for t in range(max(tmid - y, -tmid), min(ymax - y - tmid, tmid + 1)):
                    value += g[smid - s, tmid - t] * f[x - smid + s, y - tmid + t]
            h[x, y] = value
    return h


def convolve_typed(np.ndarray f, np.ndarray g):
    """With C indices and a C sum, but arrays whose elements are still fetched as Python objects."""
    cdef int smid = g.shape[0] // 2, tmid = g.shape[1] // 2
    cdef int xmax = f.shape[0] + 2 * smid, ymax = f.shape[1] + 2 * tmid
    cdef np.ndarray h = np.zeros([xmax, ymax], dtype=np.int64)
    cdef int x, y, s, t, v, w
    cdef INT value
    for x in range(xmax):
        for y in range(ymax):
            value = 0
            for s in range(max(smid - x, -smid), min(xmax - x - smid, smid + 1)):
                for t in range(max(tmid - y, -tmid), min(ymax - y - tmid, tmid + 1)):
                    v = x - smid + s
                    w = y - tmid + t
                    value += g[smid - s, tmid - t] * f[v, w]
            h[x, y] = value
    return h


def convolve_buffers(np.ndarray[INT, ndim=2] f, np.ndarray[INT, ndim=2] g):
    """With typed buffers, so that an element is a load; bounds and negative indices are still checked."""
    cdef int smid = g.shape[0] // 2, tmid = g.shape[1] // 2
    cdef int xmax = f.shape[0] + 2 * smid, ymax = f.shape[1] + 2 * tmid
    cdef np.ndarray[INT, ndim=2] h = np.zeros([xmax, ymax], dtype=np.int64)
    cdef int x, y, s, t, v, w
    cdef INT value
    for x in range(xmax):
        for y in range(ymax):
            value = 0
            for s in range(max(smid - x, -smid), min(xmax - x - smid, smid + 1)):
                for t in range(max(tmid - y, -tmid), min(ymax - y - tmid, tmid + 1)):
                    v = x - smid + s
                    w = y - tmid + t
                    value += g[smid - s, tmid - t] * f[v, w]
            h[x, y] = value
    return h
