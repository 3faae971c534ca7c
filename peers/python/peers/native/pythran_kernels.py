"""Pythran kernels: NumPy code with types in comments, compiled ahead of time to C++ that fuses whole expressions."""

import numpy as np

# Parakeet (Alex Rubinsteyn and others, 2013) compiled such functions at run time; its last release needs Python 2.


# pythran export distances(float64[:, :])
def distances(points):
    m = points.shape[0]
    out = np.empty((m, m))
    for i in range(m):
        for j in range(m):
            x, y, z = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1], points[i, 2] - points[j, 2]
            out[i, j] = np.sqrt(x * x + y * y + z * z)
    return out


# pythran export bubble(int64[:])
def bubble(values):
    comparisons = swaps = 0
    for end in range(values.shape[0], 1, -1):
        before = swaps
        for i in range(1, end):
            if values[i - 1] > values[i]:
                values[i - 1], values[i] = values[i], values[i - 1]
                swaps += 1
        comparisons += end - 1
        if swaps == before:
            break
    return comparisons, swaps


# pythran export comparison(float64[:], float64[:])
def comparison(a, b):
    return a * b - 4.125 * a > 2.5 * b


# pythran export escape_counts(float64[:], float64[:], int)
def escape_counts(xs, ys, limit):
    out = np.empty((ys.shape[0], xs.shape[0]), np.int32)
    for i in range(ys.shape[0]):
        for j in range(xs.shape[0]):
            x, y, steps = xs[j], ys[i], 0
            while x * x + y * y < 4.0 and steps < limit:
                x, y = x * x - y * y - 0.62772, 2.0 * x * y - 0.42193
                steps += 1
            out[i, j] = steps
    return out


# pythran export step(float64[:, :], float64[:, :], float64)
def step(u, new, rate):
    n = u.shape[0]
    for i in range(n):
        up, down = (i + n - 1) % n, (i + 1) % n
        for j in range(1, n - 1):
            new[i, j] = u[i, j] + rate * (u[up, j] + u[down, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j])
        new[i, 0] = u[i, 0] + rate * (u[up, 0] + u[down, 0] + u[i, n - 1] + u[i, 1] - 4.0 * u[i, 0])
        j = n - 1
        new[i, j] = u[i, j] + rate * (u[up, j] + u[down, j] + u[i, j - 1] + u[i, 0] - 4.0 * u[i, j])
