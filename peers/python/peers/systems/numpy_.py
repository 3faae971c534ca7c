"""NumPy: operations on whole arrays, each of which is a loop in C.

It saves the interpreter's work, and costs a pass over memory, and often a temporary, for each operation. Only linear
algebra, which is BLAS, uses more than one thread by itself: `numpy-blas` shows where that helps, by the cores it uses.
"""

import numpy as np

from peers import blocks
from peers.cells import cell
from peers.suite.random import mix, spin
from peers.suite.workload import prepared

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
        "idea": "the same, with OpenBLAS set to AVX-512 kernels that it does not select by itself",
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
    "numpy-stable": {
        "idea": "a sort that keeps the order of equal items, by `kind=\"stable\"`",
        "gives": "records in the order of one key and, among equal ones, in that of an earlier sort",
        "costs": "no SIMD instructions, and extra memory for half of the items or all of them",
        "cores": "one",
        "isa": "numpy: run-time dispatch",
    },
}

BLOCK = 1 << 15  # elements at a time: a few arrays of them stay in a core's own cache, and the calls are few
POINTS = 1 << 15  # of the Julia set, which step together


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
    """Block by block, so that the one temporary stays in cache, and memory is read once in a step."""
    a, b, c, t = work.a, work.b, work.c, np.empty(BLOCK)
    blocks = [(a[k : k + BLOCK], b[k : k + BLOCK], c[k : k + BLOCK]) for k in range(0, work.n, BLOCK)]
    for _ in range(work.steps):
        for part, plus, times in blocks:
            term = t[: len(part)]
            np.multiply(times, 3, out=term)
            term += plus
            part += term
    return a


@cell("matmul", "numpy", "numpy-blas", "numpy-blas-tuned", load=prepared)
def matmul(work, _):
    return np.matmul(work.a, work.b, out=work.out)


@cell("expression", "numpy", "numpy-blas", cases=["E1"])
def comparison(work, _):
    a, b = work.arguments.values()
    return a * b - 4.125 * a > 2.5 * b


@cell("expression", "numpy", cases=["E2", "E3", "E4", "E5", "E6"])
def expression(work, _):
    """Python evaluates the expression, on arrays."""
    return eval(work.source, {"cos": np.cos, "sin": np.sin, "log": np.log, "sqrt": np.sqrt}, work.arguments)


@cell("expression", "numpy-inplace", load=prepared)
def expression_inplace(work, _):
    """Block by block, so that the temporaries stay in cache, into an existing result."""
    known = {"cos": np.cos, "sin": np.sin, "log": np.log, "sqrt": np.sqrt}
    code, arrays = compile(work.source, "expression", "eval"), work.arguments.items()
    for first in range(0, work.n, BLOCK):
        block = slice(first, first + BLOCK)
        work.out[block] = eval(code, known, {name: values[block] for name, values in arrays})
    return work.out


@cell("pairwise", "numpy")
def pairwise(work, _):
    """By broadcasting, one coordinate at a time: all three together would need three times the memory."""
    total = np.zeros(work.shape())
    for x in work.points.T:
        total += (x[:, None] - x) ** 2
    return np.sqrt(total)


@cell("pairwise", "numpy-inplace", load=prepared)
def pairwise_inplace(work, _):
    """The same in blocks of rows that stay in cache, without temporaries."""
    x, *others = np.ascontiguousarray(work.points.T)
    rows = max(1, BLOCK // work.m)
    difference = np.empty((rows, work.m))
    for first in range(0, work.m, rows):
        block = work.out[first : first + rows]
        part = difference[: len(block)]
        np.subtract(x[first : first + rows, None], x, out=block)
        np.multiply(block, block, out=block)
        for y in others:
            np.subtract(y[first : first + rows, None], y, out=part)
            np.multiply(part, part, out=part)
            block += part
        np.sqrt(block, out=block)
    return work.out


@cell("julia", "numpy", load=prepared)
def julia(work, _):
    """A few rows of points step together; escaped points are dropped from the arrays from time to time."""
    rows = max(1, POINTS // len(work.xs))
    for first in range(0, len(work.ys), rows):
        last = min(first + rows, len(work.ys))
        blocks.escape_rows(work.xs, work.ys, work.limit, first, last, work.out)
    return work.out


@cell("montecarlo", "numpy")
def montecarlo(work, _):
    """In blocks, so the random numbers stay in cache."""
    return blocks.inside(work.seed, 0, work.samples)


@cell("heat", "numpy")
def heat(work, _):
    """A shifted copy for each neighbour."""
    u = work.initial
    for _ in range(work.steps):
        u = u + work.RATE * (np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u)
    return u


@cell("heat", "numpy-inplace", load=prepared)
def heat_inplace(work, _):
    """Two grids with a border that repeats the opposite edge, in blocks that stay in cache.

    The grids are treated as one line, in which neighbours are at fixed offsets. This also computes places of the
    border, which are then overwritten; row by row, there would be many short operations.
    """
    n, width = work.side, work.side + 2
    u, new = np.pad(work.initial, 1, "wrap"), np.empty((width, width))
    sums = np.empty(BLOCK)
    for _ in range(work.steps):
        old, line = u.reshape(-1), new.reshape(-1)
        for first in range(width, width * (n + 1), BLOCK):
            last = min(first + BLOCK, width * (n + 1))
            here, part = line[first:last], sums[: last - first]
            np.add(old[first - width : last - width], old[first + width : last + width], out=part)
            part += old[first - 1 : last - 1]
            part += old[first + 1 : last + 1]
            part *= work.RATE
            np.multiply(old[first:last], 1 - 4 * work.RATE, out=here)
            here += part
        new[:, 0], new[:, -1] = new[:, -2], new[:, 1]
        new[0], new[-1] = new[-2], new[1]
        u, new = new, u
    np.copyto(work.out[0], u[1:-1, 1:-1])
    return work.out[0]


@cell("taskgraph", "numpy")
def taskgraph(work, _):
    """A row of tasks at a time: the graph is known, so its columns can be an axis of an array."""
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


@cell("histogram", "numpy", load=prepared)
def histogram(work, _):
    """Blocks of keys, counted with `bincount`; many bins need long blocks, since each block adds up all bins."""
    work.out[:] = 0
    for r in blocks.words(work.seed, work.n, max(BLOCK, 2 * work.bins)):
        if work.skewed:
            bit = np.uint64(1) << (r >> np.uint64(48) & np.uint64(7))
            r &= bit - np.uint64(1)
            r += bit
        else:
            r &= np.uint64(work.mask)
        work.out += np.bincount(r.view(np.int64), minlength=work.bins)
    return work.out


@cell("gridsearch", "numpy", "numpy-blas", load=prepared)
def gridsearch(work, _):
    """Each fit computes its own sums, as a search without knowledge of its model must."""
    for fold, rows in enumerate(blocks.folds(work)):
        for k, penalty in enumerate(work.penalties):
            work.out[k, fold] = blocks.fit(*rows, penalty)
    return work.out


@cell("bubblesort", "numpy", slow={"medium": "about a minute", "large": "half an hour"})
def bubblesort(work, _):
    """The loop of the published benchmark on an array, whose every access creates a Python object."""
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


@cell("sort", "numpy", load=prepared, cases=["random", "nearly"])
def sort(work, _):
    """The default: a quicksort, with SIMD on some processors; it does not keep the order of equal items."""
    np.copyto(work.out, work.keys)
    work.out.sort()
    return work.out


@cell("sort", "numpy-stable", load=prepared, cases=["random", "nearly"], algorithm="stable")
def sort_stable(work, _):
    """`kind="stable"` is timsort, as for Python's lists, for words of 64 bits, and a radix sort for 16 bits."""
    np.copyto(work.out, work.keys)
    work.out.sort(kind="stable")
    return work.out


@cell("sort", "numpy-stable", load=prepared, cases=["stable"], algorithm="radix")
def sort_records(work, _):
    """A radix sort finds the order of the keys; then the records are taken in it, as words."""
    order = np.argsort(work.records["key"], kind="stable")
    return np.take(work.keys, order, out=work.out, mode="clip")  # other modes copy first
