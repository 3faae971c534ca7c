# cython: language_level=3
"""The Cython listings of the claims, with the types and the disabled checks of their sources, since these matter."""

cimport cython
cimport numpy as np
from libc.limits cimport INT_MAX
from libc.math cimport sqrt
from libc.stdlib cimport rand, srand

import random

import numpy as np

np.import_array()
ctypedef np.int64_t INT


@cython.boundscheck(False)
@cython.wraparound(False)
def bubble_sort(values):
    """A memory view of C longs, without checks; after a pass without a swap, each further pass only tests the flag."""
    cdef unsigned long count, i, k, swapped, held
    cdef long[:] v = values
    count = v.shape[0]
    swapped = 1
    for i in range(count):
        if swapped:
            swapped = 0
            for k in range(count - i - 1):
                if v[k] > v[k + 1]:
                    held = v[k + 1]
                    v[k + 1] = v[k]
                    v[k] = held
                    swapped = 1
    return values


@cython.boundscheck(False)
@cython.wraparound(False)
def comparison_with_plus(double[:, :] a, double[:, :] b):
    """As published, with a plus where the others have a minus, and booleans as doubles."""
    cdef long i, k
    cdef double[:, :] out = np.empty((a.shape[0], a.shape[1]))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            out[i, k] = a[i, k] * b[i, k] + 4.1 * a[i, k] > 2.5 * b[i, k]
    return np.asarray(out)


@cython.boundscheck(False)
@cython.wraparound(False)
def comparison(double[:, :] a, double[:, :] b):
    """The expression that the others compute."""
    cdef long i, k
    cdef double[:, :] out = np.empty((a.shape[0], a.shape[1]))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            out[i, k] = a[i, k] * b[i, k] - 4.1 * a[i, k] > 2.5 * b[i, k]
    return np.asarray(out)


@cython.boundscheck(False)
@cython.wraparound(False)
def pairwise(double[:, ::1] points):
    """Three loops over a contiguous memory view."""
    cdef int m = points.shape[0], n = points.shape[1], i, j, k
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


def mean_by_calls(int n):
    """Typed, but each number comes from Python's generator; added up in single precision."""
    cdef int i
    cdef float total = 0
    for i in range(n):
        total += random.random()
    return total / n


def mean_by_c(int n):
    """Numbers from C's `rand`, added up in single precision."""
    cdef int i
    cdef float total = 0
    for i in range(n):
        total += rand() / INT_MAX
    return total / n


def roots_without_lock(long n):
    """Work in a `with nogil` block: the sum of n square roots."""
    cdef long i
    cdef double total = 0.0
    with nogil:
        for i in range(n):
            total += sqrt(i)
    return total


def convolve_untyped(f, g):
    """The Python code, compiled unchanged."""
    vmax, wmax = f.shape[0], f.shape[1]
    smid, tmid = g.shape[0] // 2, g.shape[1] // 2
    xmax, ymax = vmax + 2 * smid, wmax + 2 * tmid
    h = np.zeros([xmax, ymax], dtype=f.dtype)
    for x in range(xmax):
        for y in range(ymax):
            s_from, s_to = max(smid - x, -smid), min((xmax - x) - smid, smid + 1)
            t_from, t_to = max(tmid - y, -tmid), min((ymax - y) - tmid, tmid + 1)
            value = 0
            for s in range(s_from, s_to):
                for t in range(t_from, t_to):
                    v = x - smid + s
                    w = y - tmid + t
                    value += g[smid - s, tmid - t] * f[v, w]
            h[x, y] = value
    return h


def convolve_typed(np.ndarray f, np.ndarray g):
    """With C indices and a C sum, but arrays whose elements are still fetched as Python objects."""
    cdef int vmax = f.shape[0], wmax = f.shape[1]
    cdef int smid = g.shape[0] // 2, tmid = g.shape[1] // 2
    cdef int xmax = vmax + 2 * smid, ymax = wmax + 2 * tmid
    cdef np.ndarray h = np.zeros([xmax, ymax], dtype=np.int64)
    cdef int x, y, s, t, v, w, s_from, s_to, t_from, t_to
    cdef INT value
    for x in range(xmax):
        for y in range(ymax):
            s_from, s_to = max(smid - x, -smid), min((xmax - x) - smid, smid + 1)
            t_from, t_to = max(tmid - y, -tmid), min((ymax - y) - tmid, tmid + 1)
            value = 0
            for s in range(s_from, s_to):
                for t in range(t_from, t_to):
                    v = x - smid + s
                    w = y - tmid + t
                    value += g[smid - s, tmid - t] * f[v, w]
            h[x, y] = value
    return h


def convolve_buffers(np.ndarray[INT, ndim=2] f, np.ndarray[INT, ndim=2] g):
    """With typed buffers, so that an element is a load; bounds and negative indices are still checked."""
    cdef int vmax = f.shape[0], wmax = f.shape[1]
    cdef int smid = g.shape[0] // 2, tmid = g.shape[1] // 2
    cdef int xmax = vmax + 2 * smid, ymax = wmax + 2 * tmid
    cdef np.ndarray[INT, ndim=2] h = np.zeros([xmax, ymax], dtype=np.int64)
    cdef int x, y, s, t, v, w, s_from, s_to, t_from, t_to
    cdef INT value
    for x in range(xmax):
        for y in range(ymax):
            s_from, s_to = max(smid - x, -smid), min((xmax - x) - smid, smid + 1)
            t_from, t_to = max(tmid - y, -tmid), min((ymax - y) - tmid, tmid + 1)
            value = 0
            for s in range(s_from, s_to):
                for t in range(t_from, t_to):
                    v = x - smid + s
                    w = y - tmid + t
                    value += g[smid - s, tmid - t] * f[v, w]
            h[x, y] = value
    return h
