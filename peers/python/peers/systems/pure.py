"""Pure Python: plain loops over Python's own numbers, the starting point of the other systems."""

from peers.cells import cell
from peers.suite.random import GAMMA, MASK, at1, mix1, spin1

LIBRARIES = []

TECHNIQUES = {
    "pure-python": {
        "idea": "a loop over Python's own numbers and lists, on one thread",
        "gives": "nothing to install, nothing to compile, any type",
        "costs": "tens of nanoseconds per operation",
        "cores": "one",
    }
}


def lists(work, _):
    """The input as lists, since each access to an element of an array would create an object."""
    return work, [column.tolist() for column in _arrays(work)]


def _arrays(work):
    named = ("b", "c") if work.NAME == "stream" else ("a", "b") if work.NAME == "matmul" else ()
    arrays = [getattr(work, name) for name in named]
    arrays += [work.points] if work.NAME == "pairwise" else []
    arrays += [work.initial] if work.NAME == "heat" else []
    arrays += [work.x, work.y] if work.NAME == "gridsearch" else []
    return arrays + (list(work.arguments.values()) if work.NAME == "expression" else [])


@cell("stream", "pure-python", load=lists)
def stream(loaded, _):
    """A comprehension, since `a += b` would append to a list."""
    work, (b, c) = loaded
    a = work.a.tolist()
    for _ in range(work.steps):
        a = [x + y + 3 * z for x, y, z in zip(a, b, c)]
    work.a[:] = a
    return work.a


@cell("matmul", "pure-python", load=lists, cases=[""])
def matmul(loaded, _):
    """Rows times columns; the columns are built once."""
    import numpy as np

    _, (a, b) = loaded
    columns = list(zip(*b))
    return np.array([[sum(map(_times, row, column)) for column in columns] for row in a])


_times = float.__mul__


@cell("expression", "pure-python", load=lists, cases=["E1"])
def comparison(loaded, _):
    import numpy as np

    _, (a, b) = loaded
    return np.array([x * y - 4.125 * x > 2.5 * y for x, y in zip(a, b)])


@cell("expression", "pure-python", load=lists, cases=["E2", "E3", "E4", "E5", "E6"])
def expression(loaded, _):
    """The expression, compiled once to Python byte code."""
    from math import cos, log, sin, sqrt

    import numpy as np

    work, columns = loaded
    names = ", ".join(work.arguments)
    known = {"cos": cos, "log": log, "sin": sin, "sqrt": sqrt}
    each = eval(f"lambda {names}: {work.source}", known)
    return np.array([each(*values) for values in zip(*columns)])


@cell("pairwise", "pure-python", load=lists)
def pairwise(loaded, _):
    from math import sqrt

    import numpy as np

    work, (points,) = loaded
    out = np.empty(work.shape())
    for i, (x, y, z) in enumerate(points):
        out[i] = [sqrt((x - u) * (x - u) + (y - v) * (y - v) + (z - w) * (z - w)) for u, v, w in points]
    return out


@cell("julia", "pure-python")
def julia(work, _):
    return [count for y in work.ys.tolist() for count in julia_row(work.xs.tolist(), y, work.limit)]


def julia_row(xs, y, limit):
    """One row of the plane, as *High Performance Python* computes it."""
    c, counts = complex(-0.62772, -0.42193), []
    for x in xs:
        z, n = complex(x, y), 0
        while abs(z) < 2 and n < limit:
            z = z * z + c
            n += 1
        counts.append(n)
    return counts


@cell("bubblesort", "pure-python")
def bubblesort(work, _):
    values = work.values.tolist()
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


@cell("montecarlo", "pure-python", slow={"medium": "eight minutes"})
def montecarlo(work, _):
    return hits(work.seed, 0, work.samples)


def hits(seed, first, last):
    """How many of the points from `first` up to `last` are in the quarter circle."""
    count = 0
    for i in range(first, last):
        x, y = at1(seed, 2 * i) >> 33, at1(seed, 2 * i + 1) >> 33
        count += x * x + y * y < 1 << 62
    return count


@cell("heat", "pure-python", load=lists)
def heat(loaded, _):
    import numpy as np

    work, (u,) = loaded
    rate, last = work.RATE, work.side - 1
    for _ in range(work.steps):
        above, new = u[-1], []
        for i, row in enumerate(u):
            below = u[i + 1] if i < last else u[0]
            left = row[-1:] + row[:-1]
            right = row[1:] + row[:1]
            new.append(
                [x + rate * (a + b + l + r - 4 * x) for x, a, b, l, r in zip(row, above, below, left, right)]
            )
            above = row
        u = new
    return np.array(u)


@cell("taskgraph", "pure-python", alone="pure-python")
def taskgraph(work, _):
    previous = []
    for own, needs in zip(work.own, work.needs):
        previous = [task(h, [previous[q] for q in need], work.turns) for h, need in zip(own, needs)]
    return previous


def task(h, inputs, turns):
    """One task: mixes the inputs into `h` in order, then does the opaque work."""
    for value in inputs:
        h = mix1(h ^ value)
    return spin1(h, turns)


@cell("treesearch", "pure-python")
def treesearch(work, _):
    return work.with_root([walk(work.branches(), work.odds, work.CHILDREN)])


def walk(branches, odds, children):
    """The nodes, leaves and depth of some branches, with an explicit stack, since recursion would overflow."""
    nodes = leaves = deepest = 0
    offsets = [k * GAMMA & MASK for k in range(1, children + 1)]
    stack = [(h, 1) for h in branches]
    while stack:
        h, depth = stack.pop()
        nodes += 1
        if h >> 32 < odds:
            depth += 1
            stack += [(mix1(h ^ offset), depth) for offset in offsets]
        else:
            leaves += 1
            if depth > deepest:
                deepest = depth
    return nodes, leaves, deepest


@cell("memo", "pure-python")
def memo(work, _):
    """Every value is computed, none is cached."""
    total = sum(map(work.compute, work.keys))
    return total & MASK, 0, "nothing"


@cell("histogram", "pure-python")
def histogram(work, _):
    counts, seed = [0] * work.bins, work.seed
    if work.skewed:
        for i in range(work.n):
            r = at1(seed, i)
            bit = 1 << (r >> 48) % 8
            counts[bit + (r & bit - 1)] += 1
    else:
        mask = work.mask
        for i in range(work.n):
            counts[at1(seed, i) & mask] += 1
    return counts


@cell("gridsearch", "pure-python", load=lists)
def gridsearch(loaded, _):
    """Normal equations, solved by Cholesky factorisation."""
    work, (x, y) = loaded
    return [[fit(x, y, work.fold_of, fold, penalty) for fold in range(5)] for penalty in work.penalties.tolist()]


def fit(x, y, fold_of, fold, penalty):
    """The mean squared error of one penalty on one fold."""
    columns = list(zip(*(row for row, its_fold in zip(x, fold_of) if its_fold != fold)))
    targets = [target for target, its_fold in zip(y, fold_of) if its_fold != fold]
    d = len(columns)
    gram = [[sum(map(_times, columns[i], columns[j])) + penalty * (i == j) for j in range(i + 1)] for i in range(d)]
    weights = cholesky(gram, [sum(map(_times, column, targets)) for column in columns])
    rows = zip(x, y, fold_of)
    residuals = [t - sum(map(_times, row, weights)) for row, t, its_fold in rows if its_fold == fold]
    return sum(residual * residual for residual in residuals) / len(residuals)


def cholesky(gram, right):
    """Solves a symmetric system, given by its lower triangle."""
    d, lower = len(right), []
    for i in range(d):
        row = []
        for j in range(i):
            row.append((gram[i][j] - sum(map(_times, row, lower[j][:j]))) / lower[j][j])
        row.append((gram[i][i] - sum(map(_times, row, row))) ** 0.5)
        lower.append(row)
    for i in range(d):
        right[i] = (right[i] - sum(map(_times, lower[i][:i], right[:i]))) / lower[i][i]
    for i in reversed(range(d)):
        right[i] = (right[i] - sum(lower[k][i] * right[k] for k in range(i + 1, d))) / lower[i][i]
    return right


@cell("wordcount", "pure-python")
def wordcount(work, _):
    counts = {}
    for word in work.text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts


@cell("lookup", "pure-python", slow={"medium": "half a minute", "large": "five minutes"})
def lookup(work, _):
    """One thread, so no lock; a pair is a tuple, and a change replaces it."""
    return consult(work.seed, work.mask, work.changes, work.n)


def consult(seed, mask, changes, n):
    table, last = [(0, mix1(0))] * (mask + 1), [0] * (mask + 1)
    reads = torn = fell = 0
    for i in range(n):
        r = at1(seed, i)
        entry = r >> 20 & mask
        number, check = table[entry]
        if r & 1023 < changes:
            table[entry] = number + 1, mix1(number + 1)
        else:
            reads += 1
            torn += check != mix1(number)
            fell += number < last[entry]
            last[entry] = number
    return table, reads, torn, fell
