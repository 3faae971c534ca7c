"""NumPy kernels in blocks: operations write into arrays that stay in cache, and release the GIL."""

import numpy as np

from peers.suite.random import GAMMA, MASK

BLOCK = 1 << 14  # words at a time
STEPS = 8  # steps of all points of a block before escaped points may be dropped
_A, _B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_27, _30, _31, _33 = (np.uint64(k) for k in (27, 30, 31, 33))


def _mix(z, t):
    """Mixes words in place; `t` is scratch memory."""
    for shift, factor in ((_30, _A), (_27, _B)):
        np.right_shift(z, shift, out=t)
        z ^= t
        z *= factor
    np.right_shift(z, _31, out=t)
    z ^= t


def words(seed, n, block=BLOCK):
    """The first `n` random words, in blocks; a block is overwritten by the next one."""
    offsets = np.arange(1, min(block, n) + 1, dtype=np.uint64) * np.uint64(GAMMA)
    z, t = np.empty_like(offsets), np.empty_like(offsets)
    for first in range(0, n, block):
        count = min(block, n - first)
        np.add(offsets[:count], np.uint64(seed + first * GAMMA & MASK), out=z[:count])
        _mix(z[:count], t[:count])
        yield z[:count]


def inside(seed, first, last):
    """How many of the points from `first` up to `last` are in the quarter circle."""
    hits, most = 0, min(BLOCK, last - first)
    offsets = np.arange(most, dtype=np.uint64) * np.uint64(2 * GAMMA & MASK)
    x, y, t = (np.empty(most, np.uint64) for _ in range(3))
    within = np.empty(most, np.bool_)
    for at in range(first, last, BLOCK):
        if last - at < most:
            x, y, t, offsets, within = (array[: last - at] for array in (x, y, t, offsets, within))
        for z, place in ((x, 2 * at + 1), (y, 2 * at + 2)):
            np.add(offsets, np.uint64(seed + place * GAMMA & MASK), out=z)
            _mix(z, t)
            z >>= _33
            z *= z
        x += y
        hits += int(np.count_nonzero(np.less(x, np.uint64(1 << 62), out=within)))
    return hits


def escape_rows(xs, ys, limit, first, last, out):
    """The rows of the Julia set from `first` up to `last`.

    A point that has escaped never comes back, so it may step on, to infinity and NaN, until it is dropped; it is
    counted as long as it is inside. A byte counts a few steps, since adding booleans to wider numbers is slow.
    """
    x, y = np.tile(xs, last - first), np.repeat(ys[first:last], len(xs))
    counts, places, result = np.zeros(len(x), np.int32), slice(None), out[first:last].reshape(-1)
    a, b, within, few = np.empty_like(x), np.empty_like(x), np.empty(len(x), np.bool_), np.empty(len(x), np.int8)
    with np.errstate(over="ignore", invalid="ignore"):
        for done in range(0, limit, STEPS):
            few[:] = 0
            for _ in range(min(STEPS, limit - done)):
                _step(x, y, few, a, b, within)
            counts += few
            left = int(np.count_nonzero(within))
            if left < 0.8 * len(x):
                result[places] = counts
                places = np.flatnonzero(within) if isinstance(places, slice) else places[within]
                x, y, counts = x[within], y[within], counts[within]
                a, b, few, within = a[:left], b[:left], few[:left], np.empty(left, np.bool_)
            if left == 0:
                break
    result[places] = counts


def _step(x, y, few, a, b, within):
    """One step of every point, in place; sets `within` for the points that were inside before the step."""
    np.multiply(x, x, out=a)
    np.multiply(y, y, out=b)
    y *= x
    np.subtract(a, b, out=x)
    a += b
    np.less(a, 4.0, out=within)
    few += within.view(np.int8)
    x += -0.62772
    y += y
    y += -0.42193


def folds(work):
    """For each fold of a search, the training rows and the held-out rows, each row with its target."""
    table = np.column_stack([work.x, work.y])
    for fold in range(5):
        yield tuple(np.compress(rows, table, axis=0) for rows in work.split(fold))


def fit(train, held_out, penalty):
    """The mean squared error of one fit, which computes its own sums.

    A row also holds its target, so one product computes all sums. For a product of a matrix with itself, NumPy would
    call a routine that computes half of it, which is slower than the full product at these sizes.
    """
    features = train[:, :-1]
    sums = features.T @ train
    sums.flat[:: sums.shape[1] + 1] += penalty
    residual = held_out[:, -1] - held_out[:, :-1] @ np.linalg.solve(sums[:, :-1], sums[:, -1])
    return residual @ residual / len(residual)
