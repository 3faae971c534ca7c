"""Numba: plain loops, compiled for this CPU when they are first called.

Compilation is timed apart from runs, as `compile_ms`. `numba-parallel` is the same code with `prange`.
"""

import math
import time

import numba
import numpy as np
from numba import njit, prange

from peers.cells import cell

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "numba-njit": {
        "idea": "a decorator compiles the plain loop with LLVM for this CPU",
        "gives": "the speed of C in Python code, without a build step",
        "costs": "about a second of compilation at every start, and a subset of Python",
        "cores": "one",
        "isa": "numba: this CPU",
    },
    "numba-parallel": {
        "idea": "the same loops with `prange`, which spreads iterations over threads without the GIL",
        "gives": "all cores, for one changed word",
        "costs": "seconds of compilation, and a static split of uneven work",
        "cores": "workers",
        "isa": "numba: this CPU",
    },
}

_A, _B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_LIMIT = np.uint64(1 << 62)
_30, _27, _31, _33 = (np.uint64(k) for k in (30, 27, 31, 33))


@njit(inline="always")
def mix(z):
    z = (z ^ z >> _30) * _A
    z = (z ^ z >> _27) * _B
    return z ^ z >> _31


@njit(inline="always")
def at(seed, i):
    return mix(seed + (np.uint64(i) + np.uint64(1)) * _GAMMA)


def compiled(work, workers):
    """Runs on the smallest input of this kind, so everything is compiled before the clock starts."""
    from peers import suite

    smallest = suite.make(work.NAME, work.case, "tiny", work.variant)
    began = time.perf_counter()
    work.run(smallest, workers)
    work.extra_metrics["compile_ms"] = 1e3 * (time.perf_counter() - began)
    return work


@njit
def triad(a, b, c, steps):
    for _ in range(steps):
        for i in range(a.size):
            a[i] += b[i] + 3.0 * c[i]


@njit(parallel=True)
def triad_all(a, b, c, steps):
    for _ in range(steps):
        for i in prange(a.size):
            a[i] += b[i] + 3.0 * c[i]


@cell("stream", "numba-njit", load=compiled)
def stream(work, _):
    triad(work.a, work.b, work.c, work.steps)
    return work.a


@cell("stream", "numba-parallel", load=compiled)
def stream_all(work, _):
    triad_all(work.a, work.b, work.c, work.steps)
    return work.a


@njit
def product(a, b):
    """Row by row, adding multiples of rows of `b`."""
    n = a.shape[0]
    c = np.zeros((n, n))
    for i in range(n):
        for k in range(n):
            x = a[i, k]
            for j in range(n):
                c[i, j] += x * b[k, j]
    return c


@njit(parallel=True)
def product_all(a, b):
    n = a.shape[0]
    c = np.zeros((n, n))
    for i in prange(n):
        for k in range(n):
            x = a[i, k]
            for j in range(n):
                c[i, j] += x * b[k, j]
    return c


@cell("matmul", "numba-njit", load=compiled)
def matmul(work, _):
    return product(work.a, work.b)


@cell("matmul", "numba-parallel", load=compiled)
def matmul_all(work, _):
    return product_all(work.a, work.b)


@njit
def distances(points):
    m = points.shape[0]
    out = np.empty((m, m))
    for i in range(m):
        for j in range(m):
            x, y, z = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1], points[i, 2] - points[j, 2]
            out[i, j] = math.sqrt(x * x + y * y + z * z)
    return out


@njit(parallel=True)
def distances_all(points):
    m = points.shape[0]
    out = np.empty((m, m))
    for i in prange(m):
        for j in range(m):
            x, y, z = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1], points[i, 2] - points[j, 2]
            out[i, j] = math.sqrt(x * x + y * y + z * z)
    return out


@cell("pairwise", "numba-njit", load=compiled)
def pairwise(work, _):
    return distances(work.points)


@cell("pairwise", "numba-parallel", load=compiled)
def pairwise_all(work, _):
    return distances_all(work.points)


@njit(inline="always")
def escape(x, y, limit):
    steps = 0
    while x * x + y * y < 4.0 and steps < limit:
        x, y = x * x - y * y + -0.62772, 2.0 * x * y + -0.42193
        steps += 1
    return steps


@njit
def escape_counts(xs, ys, limit):
    out = np.empty((ys.size, xs.size), np.int32)
    for i in range(ys.size):
        for j in range(xs.size):
            out[i, j] = escape(xs[j], ys[i], limit)
    return out


@njit(parallel=True)
def escape_counts_all(xs, ys, limit):
    out = np.empty((ys.size, xs.size), np.int32)
    for i in prange(ys.size):
        for j in range(xs.size):
            out[i, j] = escape(xs[j], ys[i], limit)
    return out


@cell("julia", "numba-njit", load=compiled)
def julia(work, _):
    return escape_counts(work.xs, work.ys, work.limit)


@cell("julia", "numba-parallel", load=compiled)
def julia_all(work, workers):
    """Rows differ a hundredfold in cost, so they are scheduled in small chunks."""
    with numba.parallel_chunksize(4):
        return escape_counts_all(work.xs, work.ys, work.limit)


@njit
def bubble(values):
    comparisons = swaps = 0
    for end in range(values.size, 1, -1):
        before = swaps
        for i in range(1, end):
            if values[i - 1] > values[i]:
                values[i - 1], values[i] = values[i], values[i - 1]
                swaps += 1
        comparisons += end - 1
        if swaps == before:
            break
    return comparisons, swaps


@cell("bubblesort", "numba-njit", load=compiled)
def bubblesort(work, _):
    values = work.values.copy()
    return (values, *bubble(values))


@njit
def inside(seed, first, last):
    hits = 0
    for i in range(first, last):
        x, y = at(seed, 2 * i) >> _33, at(seed, 2 * i + 1) >> _33
        hits += x * x + y * y < _LIMIT
    return hits


@njit(parallel=True)
def inside_all(seed, samples):
    hits = 0
    for i in prange(samples):
        x, y = at(seed, 2 * i) >> _33, at(seed, 2 * i + 1) >> _33
        hits += x * x + y * y < _LIMIT
    return hits


@cell("montecarlo", "numba-njit", load=compiled)
def montecarlo(work, _):
    return inside(np.uint64(work.seed), 0, work.samples)


@cell("montecarlo", "numba-parallel", load=compiled)
def montecarlo_all(work, _):
    return inside_all(np.uint64(work.seed), work.samples)


@njit
def step(u, new, rate):
    n = u.shape[0]
    for i in range(n):
        up = (i + n - 1) % n
        down = (i + 1) % n
        new[i, 0] = u[i, 0] + rate * (u[up, 0] + u[down, 0] + u[i, n - 1] + u[i, 1] - 4.0 * u[i, 0])
        for j in range(1, n - 1):
            new[i, j] = u[i, j] + rate * (u[up, j] + u[down, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j])
        j = n - 1
        new[i, j] = u[i, j] + rate * (u[up, j] + u[down, j] + u[i, j - 1] + u[i, 0] - 4.0 * u[i, j])


@njit(parallel=True)
def step_all(u, new, rate):
    n = u.shape[0]
    for i in prange(n):
        up = (i + n - 1) % n
        down = (i + 1) % n
        new[i, 0] = u[i, 0] + rate * (u[up, 0] + u[down, 0] + u[i, n - 1] + u[i, 1] - 4.0 * u[i, 0])
        for j in range(1, n - 1):
            new[i, j] = u[i, j] + rate * (u[up, j] + u[down, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j])
        j = n - 1
        new[i, j] = u[i, j] + rate * (u[up, j] + u[down, j] + u[i, j - 1] + u[i, 0] - 4.0 * u[i, j])


@cell("heat", "numba-njit", load=compiled)
def heat(work, _):
    u, new = work.initial.copy(), np.empty_like(work.initial)
    for _ in range(work.steps):
        step(u, new, work.RATE)
        u, new = new, u
    return u


@cell("heat", "numba-parallel", load=compiled)
def heat_all(work, _):
    u, new = work.initial.copy(), np.empty_like(work.initial)
    for _ in range(work.steps):
        step_all(u, new, work.RATE)
        u, new = new, u
    return u


@njit
def count(seed, n, bins, mask, skewed):
    counts = np.zeros(bins, np.int64)
    for i in range(n):
        counts[bin_of(seed, i, mask, skewed)] += 1
    return counts


@njit(inline="always")
def bin_of(seed, i, mask, skewed):
    r = at(seed, i)
    if skewed:
        bit = np.uint64(1) << ((r >> np.uint64(48)) & np.uint64(7))
        return np.int64(bit + (r & (bit - np.uint64(1))))
    return np.int64(r & mask)


@njit(parallel=True)
def count_all(seed, n, bins, mask, skewed, workers):
    """A table for each thread, added up at the end, since threads would race on a shared one."""
    counts = np.zeros((workers, bins), np.int64)
    for worker in prange(workers):
        for i in range(n * worker // workers, n * (worker + 1) // workers):
            counts[worker, bin_of(seed, i, mask, skewed)] += 1
    return counts.sum(axis=0)


@cell("histogram", "numba-njit", load=compiled)
def histogram(work, _):
    return count(np.uint64(work.seed), work.n, work.bins, np.uint64(work.mask), work.skewed)


@cell("histogram", "numba-parallel", load=compiled)
def histogram_all(work, workers):
    return count_all(np.uint64(work.seed), work.n, work.bins, np.uint64(work.mask), work.skewed, workers)


@njit
def walk(branches, odds, children):
    """Depth first with an explicit stack, since recursion would overflow."""
    stack, depths = np.empty(1 << 20, np.uint64), np.empty(1 << 20, np.int64)
    top = branches.size
    stack[:top], depths[:top] = branches, 1
    nodes = leaves = deepest = 0
    while top:
        top -= 1
        h, depth = stack[top], depths[top]
        nodes += 1
        if h >> np.uint64(32) < odds:
            for k in range(1, children + 1):
                stack[top], depths[top] = mix(h ^ np.uint64(k) * _GAMMA), depth + 1
                top += 1
        else:
            leaves += 1
            deepest = max(deepest, depth)
    return nodes, leaves, deepest


@njit(parallel=True)
def walk_all(branches, odds, children):
    """One item for each branch; they differ a thousandfold in size, and no thread can steal from a large one."""
    counts = np.empty((branches.size, 3), np.int64)
    for k in prange(branches.size):
        nodes, leaves, depth = walk(branches[k : k + 1], odds, children)
        counts[k, 0], counts[k, 1], counts[k, 2] = nodes, leaves, depth
    return counts


@cell("treesearch", "numba-njit", load=compiled)
def treesearch(work, _):
    return work.with_root([walk(np.array(work.branches(), np.uint64), np.uint64(work.odds), work.CHILDREN)])


@cell("treesearch", "numba-parallel", load=compiled)
def treesearch_all(work, _):
    with numba.parallel_chunksize(1):
        counts = walk_all(np.array(work.branches(), np.uint64), np.uint64(work.odds), work.CHILDREN)
    return work.with_root(counts.tolist())


@njit(parallel=True)
def e1_all(a, b):
    out = np.empty(a.size, np.bool_)
    for i in prange(a.size):
        out[i] = a[i] * b[i] - 4.125 * a[i] > 2.5 * b[i]
    return out


@cell("expression", "numba-parallel", load=compiled, cases=["E1"])
def comparison_all(work, _):
    return e1_all(*work.arguments.values())


@njit
def gram(x, y, fold):
    """The sums over the rows that are not held out; row `i` is in fold `i % 5`."""
    d = x.shape[1]
    sums, targets = np.zeros((d, d)), np.zeros(d)
    for i in range(x.shape[0]):
        if i % 5 != fold:
            for j in range(d):
                targets[j] += x[i, j] * y[i]
                for k in range(d):
                    sums[j, k] += x[i, j] * x[i, k]
    return sums, targets


@njit
def fit(x, y, fold, penalty):
    sums, targets = gram(x, y, fold)
    for j in range(targets.size):
        sums[j, j] += penalty
    weights = np.linalg.solve(sums, targets)
    squares, held_out = 0.0, 0
    for i in range(fold, y.size, 5):
        residual = y[i] - np.dot(x[i], weights)
        squares += residual * residual
        held_out += 1
    return squares / held_out


@njit
def search(x, y, penalties):
    errors = np.empty((penalties.size, 5))
    for item in range(errors.size):
        errors[item // 5, item % 5] = fit(x, y, item % 5, penalties[item // 5])
    return errors


@njit(parallel=True)
def search_all(x, y, penalties):
    errors = np.empty((penalties.size, 5))
    for item in prange(errors.size):
        errors[item // 5, item % 5] = fit(x, y, item % 5, penalties[item // 5])
    return errors


@cell("gridsearch", "numba-njit", load=compiled)
def gridsearch(work, _):
    return search(work.x, work.y, work.penalties)


@cell("gridsearch", "numba-parallel", load=compiled)
def gridsearch_all(work, _):
    return search_all(work.x, work.y, work.penalties)
