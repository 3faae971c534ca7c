"""NumPy: whole arrays at a time; each operation is a loop in C.

It saves the interpreter's work, and costs a pass over memory, and often a temporary, for each operation. Only linear
algebra, which is BLAS, uses more than one thread by itself: `numpy-blas` shows, by the cores it uses, where that helps.
"""

import numpy as np

from peers.cells import cell
from peers.suite.random import mix, spin, stretch

LIBRARIES = ["numpy"]

TECHNIQUES = {
    "numpy": {
        "idea": "operations on whole arrays, one after the other, on one thread",
        "gives": "C speed in short code, without a compiler",
        "costs": "a pass over memory and often a temporary for every operation",
        "cores": "one",
        "isa": "numpy: run-time dispatch",
    },
    "numpy-blas": {
        "idea": "the same code with as many BLAS threads as there are workers",
        "gives": "a threaded matrix product without changing the code",
        "costs": "only matrix products gain: element-wise operations use one thread",
        "cores": "workers",
        "isa": "numpy: run-time dispatch",
    },
    "numpy-blas-tuned": {
        "idea": "the same, with OpenBLAS set to the AVX-512 kernels that it does not select by itself",
        "gives": "the kernels that suit a new CPU",
        "costs": "a setting that crashes on CPUs without AVX-512",
        "cores": "workers",
        "isa": "openblas: SkylakeX",
        "environment": {"OPENBLAS_CORETYPE": "SkylakeX"},
        "instructions": "avx512vl",  # without these instructions its kernels crash the process
    },
    "numpy-inplace": {
        "idea": "operations that write into existing arrays: `+=` and `out=`",
        "gives": "no temporaries, so less memory traffic",
        "costs": "code that names the destination of each step",
        "cores": "one",
        "isa": "numpy: run-time dispatch",
    },
}

CHUNK = 1 << 15  # elements at a time, which stay in a core's own cache


@cell("stream", "numpy", "numpy-blas")
def stream(work, _):
    """A new array for each operation."""
    a = work.a
    for _ in range(work.steps):
        a = a + work.b + 3 * work.c
    work.a = a
    return a


@cell("stream", "numpy-inplace")
def stream_inplace(work, _):
    """One temporary, reused."""
    a, b, c, t = work.a, work.b, work.c, np.empty(work.n)
    for _ in range(work.steps):
        np.multiply(c, 3, out=t)
        t += b
        a += t
    return a


@cell("matmul", "numpy", "numpy-blas", "numpy-blas-tuned")
def matmul(work, _):
    return work.a @ work.b


@cell("expression", "numpy", "numpy-blas", cases=["E1"])
def comparison(work, _):
    a, b = work.arguments.values()
    return a * b - 4.125 * a > 2.5 * b


@cell("expression", "numpy", cases=["E2", "E3", "E4", "E5", "E6"])
def expression(work, _):
    """Python's own evaluation of the expression, on arrays."""
    return eval(work.source, {"cos": np.cos, "sin": np.sin, "log": np.log, "sqrt": np.sqrt}, work.arguments)


@cell("pairwise", "numpy")
def pairwise(work, _):
    """By broadcasting, one coordinate at a time: all three at once would need three times the memory."""
    total = np.zeros(work.shape())
    for x in work.points.T:
        total += (x[:, None] - x) ** 2
    return np.sqrt(total)


@cell("pairwise", "numpy-inplace")
def pairwise_inplace(work, _):
    """The same in blocks of rows that stay in cache, without temporaries."""
    out, columns = np.empty(work.shape()), np.ascontiguousarray(work.points.T)
    rows = max(1, CHUNK // work.m)
    difference = np.empty((rows, work.m))
    for first in range(0, work.m, rows):
        block = out[first : first + rows]
        part = difference[: len(block)]
        block[:] = 0.0
        for x in columns:
            np.subtract(x[first : first + rows, None], x, out=part)
            part *= part
            block += part
        np.sqrt(block, out=block)
    return out


@cell("julia", "numpy")
def julia(work, _):
    """All points step together; points that have escaped are dropped from the arrays."""
    x = np.tile(work.xs, len(work.ys))
    y = np.repeat(work.ys, len(work.xs))
    counts = np.zeros(len(x), np.int64)
    alive = np.arange(len(x))
    for _ in range(work.limit):
        inside = x * x + y * y < 4.0
        if not inside.all():
            alive, x, y = alive[inside], x[inside], y[inside]
        counts[alive] += 1
        x, y = x * x - y * y + work.C.real, 2.0 * x * y + work.C.imag
    return counts


@cell("montecarlo", "numpy")
def montecarlo(work, _):
    """In chunks, so the random numbers stay in cache."""
    hits = 0
    for first in range(0, work.samples, CHUNK):
        last = min(first + CHUNK, work.samples)
        x = stretch(work.seed, 2 * first, 2 * last, 2) >> np.uint64(33)
        y = stretch(work.seed, 2 * first + 1, 2 * last, 2) >> np.uint64(33)
        hits += np.count_nonzero(x * x + y * y < np.uint64(1 << 62))
    return hits


@cell("heat", "numpy")
def heat(work, _):
    """A shifted copy for each neighbour."""
    u = work.initial
    for _ in range(work.steps):
        u = u + work.RATE * (np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u)
    return u


@cell("heat", "numpy-inplace")
def heat_inplace(work, _):
    """A border that repeats the opposite side, so that neighbours are views; no temporaries."""
    u = np.pad(work.initial, 1, mode="wrap")
    inner, sums, four = u[1:-1, 1:-1], np.empty_like(work.initial), np.empty_like(work.initial)
    for _ in range(work.steps):
        np.add(u[:-2, 1:-1], u[2:, 1:-1], out=sums)
        sums += u[1:-1, :-2]
        sums += u[1:-1, 2:]
        np.multiply(inner, 4, out=four)
        sums -= four
        sums *= work.RATE
        inner += sums
        u[0], u[-1] = u[-2], u[1]
        u[:, 0], u[:, -1] = u[:, -2], u[:, 1]
    return inner.copy()


@cell("taskgraph", "numpy")
def taskgraph(work, _):
    """A row of tasks at a time: the graph is known, so its columns can be an array axis."""
    previous = np.zeros(work.width, np.uint64)
    for own, needs in zip(work.own, work.needs):
        h = np.array(own, np.uint64)
        for turn in range(max(map(len, needs))):
            which = [p for p, need in enumerate(needs) if turn < len(need)]
            h[which] = mix(h[which] ^ previous[[needs[p][turn] for p in which]])
        previous = spin(h, work.turns)
    return previous


@cell("treesearch", "numpy")
def treesearch(work, _):
    """Level by level, since only the breadth of the tree can be vectorised."""
    level = np.array(work.branches(), np.uint64)
    nodes = leaves = depth = 0
    offsets = np.arange(1, work.CHILDREN + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    while len(level):
        parents = level[level >> np.uint64(32) < np.uint64(work.odds)]
        nodes, leaves, depth = nodes + len(level), leaves + len(level) - len(parents), depth + 1
        level = mix((parents[:, None] ^ offsets).reshape(-1))
    return work.with_root([(nodes, leaves, depth)])


@cell("histogram", "numpy")
def histogram(work, _):
    """Chunks of keys, counted with `bincount`."""
    counts = np.zeros(work.bins, np.int64)
    for first in range(0, work.n, CHUNK):
        r = stretch(work.seed, first, min(first + CHUNK, work.n))
        if work.skewed:
            bit = np.uint64(1) << (r >> np.uint64(48)) % np.uint64(8)
            bins = bit + (r & (bit - np.uint64(1)))
        else:
            bins = r & np.uint64(work.mask)
        counts += np.bincount(bins.view(np.int64), minlength=work.bins)
    return counts


@cell("gridsearch", "numpy", "numpy-blas")
def gridsearch(work, _):
    """Each fit computes its own sums, as a search that knows nothing about its model must."""
    errors = np.empty((work.count, 5))
    for k, penalty in enumerate(work.penalties):
        for fold in range(5):
            train, held_out = work.split(fold)
            x, y = work.x[train], work.y[train]
            gram = x.T @ x
            gram.flat[:: work.features + 1] += penalty
            weights = np.linalg.solve(gram, x.T @ y)
            residual = work.y[held_out] - work.x[held_out] @ weights
            errors[k, fold] = residual @ residual / len(residual)
    return errors


@cell("bubblesort", "numpy", slow={"medium": "about a minute", "large": "half an hour"})
def bubblesort(work, _):
    """The loop of the published benchmark on an array, in which each access creates a Python object."""
    values = work.values.copy()
    comparisons = swaps = 0
    for end in range(len(values), 1, -1):
        before = swaps
        for i in range(1, end):
            if values[i - 1] > values[i]:
                values[i - 1], values[i] = values[i], values[i - 1]
                swaps += 1
        comparisons += end - 1
        if swaps == before:
            break
    return values, comparisons, swaps
