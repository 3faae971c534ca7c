"""Pythran kernels: NumPy code with types in comments, compiled ahead of time to C++ that fuses whole expressions."""

import numpy as np

# Parakeet (Alex Rubinsteyn and others, 2013) compiled such functions at run time; its last release needs Python 2.


# pythran export distances(float64[:, :], float64[:, :])
def distances(columns, out):
    """An array for each coordinate, since a SIMD load reads neighbours."""
    m = columns.shape[1]
    for i in range(m):
        x, y, z = columns[0, i], columns[1, i], columns[2, i]
        for j in range(m):
            u, v, w = x - columns[0, j], y - columns[1, j], z - columns[2, j]
            out[i, j] = np.sqrt(u * u + v * v + w * w)


# pythran export bubble(int64[:])
def bubble(values):
    """The textbook sort with four passes in flight, as in the Cython kernel; no comparison has a branch."""
    comparisons = swaps = 0
    end = values.shape[0]
    while end > 1:
        a = b = c = d = -9223372036854775807 - 1
        p = q = r = s = 0
        for i in range(end):
            x = values[i]
            p += a > x
            a, x = max(a, x), min(a, x)
            q += b > x
            b, x = max(b, x), min(b, x)
            r += c > x
            c, x = max(c, x), min(c, x)
            s += d > x
            d, x = max(d, x), min(d, x)
            if i >= 4:
                values[i - 4] = x
        carried, counts = (a, b, c, d), (p, q, r, s)
        for k in range(min(4, end)):
            values[end - 1 - k] = carried[k]
        for k in range(min(4, end - 1)):
            comparisons += end - 1 - k
            swaps += counts[k]
            if counts[k] == 0:
                return comparisons, swaps
        end -= 4
    return comparisons, swaps


# pythran export comparison(float64[:], float64[:], bool[:])
def comparison(a, b, out):
    out[:] = a * b - 4.125 * a > 2.5 * b


# pythran export escape_counts(float64[:], float64[:], int, int32[:, :])
def escape_counts(xs, ys, limit, out):
    """The points of a block step together until the last has escaped; the loop over them is vectorised.

    A point that has escaped never comes back, so a step needs no branch.
    """
    x, y, counts = np.empty(32), np.empty(32), np.empty(32, np.int64)
    m = xs.shape[0]
    for i in range(ys.shape[0]):
        for first in range(0, m, 32):
            for k in range(32):
                x[k], y[k], counts[k] = xs[min(first + k, m - 1)], ys[i], 0
            step = 0
            inside = 1
            while step < limit and inside > 0:
                inside = 0
                for k in range(32):
                    a, b = x[k], y[k]
                    within = 1 if a * a + b * b < 4.0 else 0
                    inside += within
                    counts[k] += within
                    x[k] = a * a - b * b - 0.62772
                    y[k] = 2.0 * a * b - 0.42193
                step += 1
            for k in range(min(32, m - first)):
                out[i, first + k] = counts[k]


# pythran export heat(float64[:, :], float64[:, :], int, float64)
def heat(u, new, steps, rate):
    """Steps between two grids; the last state is in the first if the number of steps is even."""
    for k in range(steps):
        if k % 2 == 0:
            step(u, new, rate)
        else:
            step(new, u, rate)


def step(u, new, rate):
    n = u.shape[0]
    last, kept = n - 1, 1.0 - 4.0 * rate
    for i in range(n):
        up, down = (i + n - 1) % n, (i + 1) % n
        for j in range(1, last):
            new[i, j] = kept * u[i, j] + rate * (u[up, j] + u[down, j] + u[i, j - 1] + u[i, j + 1])
        new[i, 0] = kept * u[i, 0] + rate * (u[up, 0] + u[down, 0] + u[i, last] + u[i, 1])
        new[i, last] = kept * u[i, last] + rate * (u[up, last] + u[down, last] + u[i, last - 1] + u[i, 0])
