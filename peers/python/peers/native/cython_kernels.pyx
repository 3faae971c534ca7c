# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Cython kernels: loops with C types, compiled to C when the peers are installed; `prange` runs them with OpenMP."""

cimport cython
from cython.parallel cimport prange
from libc.math cimport cos, log, sin, sqrt
from libc.stdint cimport INT64_MIN, int32_t, int64_t, uint64_t

cdef extern from *:
    """
    #define GAMMA UINT64_C(0x9E3779B97F4A7C15)
    #define LANES 32
    """
    const uint64_t GAMMA
    enum: LANES


cdef inline uint64_t mix(uint64_t z) noexcept nogil:
    z = (z ^ z >> 30) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ z >> 27) * <uint64_t>0x94D049BB133111EB
    return z ^ z >> 31


cdef inline uint64_t at(uint64_t seed, uint64_t i) noexcept nogil:
    return mix(seed + (i + 1) * GAMMA)


cdef inline void distances_of(const double* x, const double* y, const double* z, Py_ssize_t i, double* row,
                              Py_ssize_t m) noexcept nogil:
    cdef Py_ssize_t j
    cdef double u, v, w
    for j in range(m):
        u = x[i] - x[j]
        v = y[i] - y[j]
        w = z[i] - z[j]
        row[j] = sqrt(u * u + v * v + w * w)


def distances(const double[:, ::1] columns, double[:, ::1] out):
    """All pairs, over typed memoryviews; an array for each coordinate, since a SIMD load reads neighbours."""
    cdef Py_ssize_t m = columns.shape[1], i
    for i in range(m):
        distances_of(&columns[0, 0], &columns[1, 0], &columns[2, 0], i, &out[i, 0], m)


def distances_all(const double[:, ::1] columns, double[:, ::1] out, int workers):
    """The same with OpenMP."""
    cdef Py_ssize_t m = columns.shape[1], i
    for i in prange(m, nogil=True, num_threads=workers, schedule="static"):
        distances_of(&columns[0, 0], &columns[1, 0], &columns[2, 0], i, &out[i, 0], m)


cdef inline int64_t sink(int64_t* carried, int64_t x, int64_t* swaps) noexcept nogil:
    """A pass keeps the larger of two values and puts down the smaller, without a branch."""
    cdef int64_t held = carried[0]
    swaps[0] += held > x
    carried[0] = held if held > x else x
    return x if held > x else held


def bubble(int64_t[::1] values):
    """The textbook sort with four passes in flight; returns comparisons and swaps.

    The next pass takes up the value that one puts down, so four passes follow each other through the array, and the
    processor overlaps them. They make exactly the comparisons of the plain loop.
    """
    cdef Py_ssize_t end = values.shape[0], i, k
    cdef int64_t x, comparisons = 0, swaps = 0
    cdef int64_t a, b, c, d, p, q, r, s
    cdef int64_t carried[4]
    cdef int64_t count[4]
    while end > 1:
        a = b = c = d = INT64_MIN  # nothing is smaller, so a pass that has no value yet puts none down
        p = q = r = s = 0
        for i in range(end):
            x = sink(&a, values[i], &p)
            x = sink(&b, x, &q)
            x = sink(&c, x, &r)
            x = sink(&d, x, &s)
            if i >= 4:
                values[i - 4] = x
        carried[0], carried[1], carried[2], carried[3] = a, b, c, d
        count[0], count[1], count[2], count[3] = p, q, r, s
        for k in range(min(4, end)):
            values[end - 1 - k] = carried[k]
        for k in range(min(4, end - 1)):
            comparisons += end - 1 - k
            swaps += count[k]
            if count[k] == 0:
                return comparisons, swaps
        end -= 4
    return comparisons, swaps


cdef int64_t hits_in(uint64_t seed, int64_t first, int64_t last) noexcept nogil:
    """The points from `first` up to `last`; the generator's state is carried from point to point by an addition."""
    cdef int64_t i, hits = 0
    cdef uint64_t x, y, z = seed + <uint64_t>(2 * first + 1) * GAMMA
    for i in range(first, last):
        x = mix(z) >> 33
        y = mix(z + GAMMA) >> 33
        hits += x * x + y * y < <uint64_t>1 << 62
        z += 2 * GAMMA
    return hits


def inside(uint64_t seed, int64_t samples):
    """Points in the quarter circle."""
    return hits_in(seed, 0, samples)


def inside_all(uint64_t seed, int64_t samples, int workers):
    """The same with OpenMP: a stretch and a sum for each thread."""
    cdef int64_t hits = 0
    cdef int k
    for k in prange(workers, nogil=True, num_threads=workers, schedule="static"):
        hits += hits_in(seed, samples * k // workers, samples * (k + 1) // workers)
    return hits


cdef void escape_row(const double* xs, double y0, int32_t limit, int32_t* row, Py_ssize_t m) noexcept nogil:
    """The steps of a row's points, with many points in flight: the loop over them is vectorised.

    A point that has escaped never comes back, so no step needs a branch: a point is counted as long as it is inside,
    and its overflow to infinity and NaN changes nothing.
    """
    cdef double x[LANES]
    cdef double y[LANES]
    cdef int64_t counts[LANES]
    cdef int64_t inside
    cdef double a, b
    cdef Py_ssize_t first, k
    cdef int32_t step
    for first in range(0, m, 32):  # LANES; Cython must know the sign of a step
        for k in range(LANES):
            x[k] = xs[min(first + k, m - 1)]
            y[k] = y0
            counts[k] = 0
        for step in range(limit):
            inside = 0
            for k in range(LANES):
                a, b = x[k], y[k]
                inside += a * a + b * b < 4.0
                counts[k] += a * a + b * b < 4.0
                x[k] = a * a - b * b - 0.62772
                y[k] = 2.0 * a * b - 0.42193
            if inside == 0:
                break
        for k in range(min(LANES, m - first)):
            row[first + k] = counts[k]


def escape_counts(const double[::1] xs, const double[::1] ys, int32_t limit, int32_t[:, ::1] out):
    """The steps of every point, row by row."""
    cdef Py_ssize_t i
    for i in range(ys.shape[0]):
        escape_row(&xs[0], ys[i], limit, &out[i, 0], xs.shape[0])


def escape_counts_all(const double[::1] xs, const double[::1] ys, int32_t limit, int32_t[:, ::1] out, int workers):
    """The same with OpenMP; rows differ a hundredfold in cost, so each goes to the next free thread."""
    cdef Py_ssize_t i
    for i in prange(ys.shape[0], nogil=True, num_threads=workers, schedule="dynamic"):
        escape_row(&xs[0], ys[i], limit, &out[i, 0], xs.shape[0])


def comparison(const double[::1] a, const double[::1] b, unsigned char[::1] out):
    """`a*b - 4.125*a > 2.5*b` for each element."""
    cdef Py_ssize_t i
    for i in range(a.shape[0]):
        out[i] = a[i] * b[i] - 4.125 * a[i] > 2.5 * b[i]


def fibonacci(int n):
    """Fibonacci with the C integers of the published listing: it overflows from n = 47 on."""
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
