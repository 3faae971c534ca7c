"""Loops over whole arrays, which write into existing arrays: triad, comparison, distances, heat."""

import math

from numba import njit, prange


@njit
def triad(a, b, c, steps):
    for _ in range(steps):
        for i in range(a.size):
            a[i] += b[i] + 3.0 * c[i]


@njit(parallel=True)
def triad_all(a, b, c, steps):
    """The loop over steps is outside the threads' loop, so threads wait for each other after each step."""
    for _ in range(steps):
        for i in prange(a.size):
            a[i] += b[i] + 3.0 * c[i]


@njit(parallel=True)
def comparison_all(a, b, out):
    for i in prange(a.size):
        out[i] = a[i] * b[i] - 4.125 * a[i] > 2.5 * b[i]


@njit(inline="always")
def _distances_of(x, y, z, i, row):
    for j in range(row.size):
        u, v, w = x[i] - x[j], y[i] - y[j], z[i] - z[j]
        row[j] = math.sqrt(u * u + v * v + w * w)


@njit
def distances(points, out):
    """One array for each coordinate, since a SIMD load reads neighbours."""
    columns = points.T.copy()
    for i in range(out.shape[0]):
        _distances_of(columns[0], columns[1], columns[2], i, out[i])


@njit(parallel=True)
def distances_all(points, out):
    columns = points.T.copy()
    for i in prange(out.shape[0]):
        _distances_of(columns[0], columns[1], columns[2], i, out[i])


@njit(inline="always")
def _heat_row(above, here, below, new, rate):
    """One row of the torus; the first and last place wrap around."""
    last, kept = here.size - 1, 1.0 - 4.0 * rate
    new[0] = kept * here[0] + rate * (above[0] + below[0] + here[last] + here[1])
    for j in range(1, last):
        new[j] = kept * here[j] + rate * (above[j] + below[j] + here[j - 1] + here[j + 1])
    new[last] = kept * here[last] + rate * (above[last] + below[last] + here[last - 1] + here[0])


@njit
def heat(u, new, steps, rate):
    """Steps between two grids, and returns the one with the last state."""
    n = u.shape[0]
    for _ in range(steps):
        for i in range(n):
            _heat_row(u[i - 1 if i else n - 1], u[i], u[i + 1 if i + 1 < n else 0], new[i], rate)
        u, new = new, u
    return u


@njit(parallel=True)
def heat_all(u, new, steps, rate):
    n = u.shape[0]
    for _ in range(steps):
        for i in prange(n):
            _heat_row(u[i - 1 if i else n - 1], u[i], u[i + 1 if i + 1 < n else 0], new[i], rate)
        u, new = new, u
    return u
