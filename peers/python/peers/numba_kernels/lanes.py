"""The Julia set with many points in flight: an inner loop of fixed length, which LLVM vectorises.

Each step of a point waits for its step before. Here a block of points takes a few steps together, until its last
point has escaped, or has reached the limit.
"""

import numpy as np
from numba import njit, prange

LANES = 32  # points in flight: four vectors of AVX-512
STEPS = 4  # steps that a point takes in registers before its state is stored and the block is tested for an end


@njit(inline="always")
def _advance(x, y, counts):
    """Takes `STEPS` steps with every point; returns how many are still inside.

    A point that has escaped never comes back, since then |z*z + c| > |z|. So no step needs a branch: a point is
    counted as long as it is inside, and its overflow to infinity and NaN changes nothing.
    """
    inside = 0
    for k in range(LANES):
        a, b, count = x[k], y[k], counts[k]
        for _ in range(STEPS):
            count += a * a + b * b < 4.0
            a, b = a * a - b * b - 0.62772, 2.0 * a * b - 0.42193
        x[k], y[k], counts[k] = a, b, count
        inside += a * a + b * b < 4.0
    return inside


@njit(inline="always")
def _block(xs, y0, first, limit, row, x, y, counts):
    """The counts of one block; the last block of a row repeats the last point."""
    for k in range(LANES):
        x[k], y[k], counts[k] = xs[min(first + k, xs.size - 1)], y0, 0
    for _ in range(0, limit, STEPS):
        if not _advance(x, y, counts):
            break
    for k in range(min(LANES, xs.size - first)):
        row[first + k] = min(counts[k], limit)


@njit(nogil=True)
def escape_rows(xs, ys, limit, first, last, out):
    """The rows from `first` up to `last`; threads may call it in parallel, since it holds no lock."""
    x, y, counts = np.empty(LANES), np.empty(LANES), np.empty(LANES, np.int64)
    for i in range(first, last):
        for k in range(0, xs.size, LANES):
            _block(xs, ys[i], k, limit, out[i], x, y, counts)


@njit(parallel=True)
def escape_all(xs, ys, limit, rows, out):
    """All rows on all threads; they differ in cost, so `parallel_chunksize` hands them out a few at a time."""
    for part in prange((ys.size + rows - 1) // rows):
        escape_rows(xs, ys, limit, part * rows, min((part + 1) * rows, ys.size), out)
