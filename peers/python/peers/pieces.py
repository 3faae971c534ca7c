"""Pieces of work that are sent to other processes, as NumPy functions."""

import numpy as np

from peers.suite import random

CHUNK = 1 << 15


def inside(seed, first, last):
    """How many of the points from `first` up to `last` are in the quarter circle."""
    hits = 0
    for at in range(first, last, CHUNK):
        end = min(at + CHUNK, last)
        x = random.stretch(seed, 2 * at, 2 * end, 2) >> np.uint64(33)
        y = random.stretch(seed, 2 * at + 1, 2 * end, 2) >> np.uint64(33)
        hits += int(np.count_nonzero(x * x + y * y < np.uint64(1 << 62)))
    return hits


def rows(xs, ys, limit):
    """The rows of the Julia set at `ys`; points that have escaped are dropped from the arrays."""
    x, y = np.tile(xs, len(ys)), np.repeat(ys, len(xs))
    counts, alive = np.zeros(len(x), np.int32), np.arange(len(x))
    for _ in range(limit):
        inside = x * x + y * y < 4.0
        if not inside.all():
            alive, x, y = alive[inside], x[inside], y[inside]
        if not len(alive):
            break
        counts[alive] += 1
        x, y = x * x - y * y + -0.62772, 2.0 * x * y + -0.42193
    return counts.reshape(len(ys), len(xs))


def parts(n, count):
    """The bounds of `count` contiguous parts of `n` items."""
    edges = [n * k // count for k in range(count + 1)]
    return [(a, b) for a, b in zip(edges, edges[1:]) if a < b]


def fit(x, y, train, held_out, penalty):
    """The mean squared error of one penalty on one fold, by normal equations."""
    gram = x[train].T @ x[train]
    gram.flat[:: len(gram) + 1] += penalty
    residual = y[held_out] - x[held_out] @ np.linalg.solve(gram, x[train].T @ y[train])
    return float(residual @ residual / len(residual))
