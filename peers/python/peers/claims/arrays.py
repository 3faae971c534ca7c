"""Claims about arrays and compilers, re-run."""

import time
from contextlib import ExitStack

import numba
import numexpr
import numpy as np

from peers import native, python2, suite
from peers.claims import best, claim, each, spread, outcome
from peers.python2 import child
from peers.suite import random
from peers.systems.numba_ import at, bubble


def _bubble_in_place(values):
    """The textbook sort, on any sequence."""
    for end in range(len(values), 1, -1):
        swapped = False
        for i in range(1, end):
            if values[i - 1] > values[i]:
                values[i - 1], values[i] = values[i], values[i - 1]
                swapped = True
        if not swapped:
            return


def _parakeet(stack):
    """Parakeet, if it is installed; a call to its process over a pipe takes about a tenth of a millisecond."""
    if python2.absent() is not None:
        return {}
    kernels = stack.enter_context(child.started())
    kernels.share(np.arange(8))
    kernels.ask("bubble")  # compiles it
    return {"Parakeet, over a pipe": (lambda values: kernels.share(values)[0], lambda _: kernels.ask("bubble"))}


@claim("bubblesort")
def bubblesort():
    """All implementations that are installed here."""
    with ExitStack() as stack:
        return _bubblesort(_parakeet(stack))


def _bubblesort(more):
    """As published, where all but the first run saw sorted data; then on a fresh copy for each run."""
    cython, random_order = native.load("cython"), suite.make("bubblesort", "", "small", 0).values
    ways = {
        "list": (list, _bubble_in_place),
        "NumPy loop": (np.copy, _bubble_in_place),
        "Numba": (np.copy, bubble),
        "Cython": (np.copy, cython.bubble),
        **more,
    }
    bubble(random_order[:8].copy())  # compiles it
    n = 100_000
    published = {}
    for name, (make, sort) in ways.items():
        values = make(np.arange(n))
        published[f"{name}, n = 1e5, sorted already"] = best(lambda: sort(values), 3)
    corrected = {}
    for name, (make, sort) in ways.items():
        took = []
        for _ in range(3):
            values = make(random_order.tolist() if make is list else random_order)
            took += each(lambda: sort(values), 1)
            assert sorted(values) == list(values)
        corrected[f"{name}, n = 2000, fresh copy"] = min(took)
    as_published = published["list, n = 1e5, sorted already"] / published["Cython, n = 1e5, sorted already"]
    fair = corrected["list, n = 2000, fresh copy"] / corrected["Cython, n = 2000, fresh copy"]
    why = f"it times one pass over sorted data: {as_published:.0f}x for Cython there, and {fair:.0f}x where it sorts"
    return outcome("void", why, published, corrected)


@claim("numexpr")
def expression():
    """With a tenth of the published length: 80 MB per array."""
    n = 10_000_000
    a, b = (random.stretch(k, 0, n) >> np.uint64(11) for k in (1, 2))
    a, b = a / 2**53, b / 2**53
    numexpr.set_num_threads(numexpr.detect_number_of_cores())
    ways = {
        "NumPy": lambda a, b: a * b - 4.1 * a > 2.5 * b,
        "numexpr": lambda a, b: numexpr.evaluate("a*b - 4.1*a > 2.5*b", {"a": a, "b": b}),
    }
    ever = any(bool(way(a, b).any()) for way in ways.values())
    published = {name: each(lambda: way(a, b), 1)[0] for name, way in ways.items()}
    c, d = 20 * a - 10, 20 * b - 10
    assert np.array_equal(ways["NumPy"](c, d), ways["numexpr"](c, d))
    corrected = {name: best(lambda: way(c, d)) for name, way in ways.items()}
    once, fair = (took["NumPy"] / took["numexpr"] for took in (published, corrected))
    answer = f"on [0, 1) the answer is {'not always' if ever else 'always'} False"
    why = f"{answer}; a single run gives {once:.1f}x, and the best run on inputs of both signs {fair:.1f}x"
    return outcome("reproduced" if once > 100 else "void", why, published, corrected)


@claim("in-place")
def in_place():
    """Lists as published, of which one grows; then lists and arrays of a fixed size."""
    published = {}

    def rebinds():
        a = [1.0] * 1000
        for _ in range(200):
            a = a + [1.0] * 1000

    def extends():
        a = [1.0] * 1000
        for _ in range(200):
            a += [1.0] * 1000

    published["list: a = a + b, a grows"], published["list: a += b, a grows"] = best(rebinds), best(extends)
    x, y, n = [1.0] * 100_000, [2.0] * 100_000, 100_000

    def fixed_in_place():
        for i in range(n):
            x[i] += y[i]

    a, b = np.ones(4_000_000), np.ones(4_000_000)

    def array_in_place():
        a.__iadd__(b)

    corrected = {
        "list: a new one of a fixed size": best(lambda: [u + v for u, v in zip(x, y)]),
        "list: in place at a fixed size": best(fixed_in_place),
        "array: a + b": best(lambda: a + b),
        "array: a += b": best(array_in_place),
    }
    lists = corrected["list: a new one of a fixed size"] / corrected["list: in place at a fixed size"]
    arrays = corrected["array: a + b"] / corrected["array: a += b"]
    why = f"at a fixed size in place gives lists {lists:.2f}x and arrays {arrays:.2f}x"
    return outcome("reversed" if lists < 1 else "reproduced", why, published, corrected)


@claim("implicit-threads")
def implicit_threads():
    """The number of busy threads is CPU time over wall time."""
    n = 4_000_000
    x = np.linspace(0, 1, n)
    m = np.ones((1200, 1200))

    def cores(work):
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(8):
            work()
        return (time.process_time() - cpu) / (time.perf_counter() - wall)

    @numba.vectorize(["float64(float64, float64)"], target="parallel")
    def parallel(x, y):
        return np.cos(x**2 + y**2) / (1 + x**2 + y**2)

    @numba.vectorize(["float64(float64, float64)"])
    def serial(x, y):
        return np.cos(x**2 + y**2) / (1 + x**2 + y**2)

    m @ m  # starts its threads
    element, product = cores(lambda: np.exp(x)), cores(lambda: m @ m)  # before numba starts its threads
    published = {"ufunc on one thread": best(lambda: serial(x, x)), "parallel ufunc": best(lambda: parallel(x, x))}
    corrected = {"cores used by np.exp": element, "cores used by a matrix product": product}
    gain = published["ufunc on one thread"] / published["parallel ufunc"]
    why = f"np.exp uses {element:.1f} cores and a product {product:.1f}; the parallel ufunc is {gain:.2f}x"
    return outcome("reversed" if element < 1.3 else "reproduced", why, published, corrected)


@claim("mean-of-randoms")
def mean_of_randoms():
    """As published, each with its own generator; then all with the suite's generator, and one answer."""
    import random as stdlib

    n, cython = 10_000_000, native.load("cython")

    @numba.njit
    def own(n):
        total = 0.0
        for _ in range(n):
            total += np.random.random()
        return total / n

    @numba.njit
    def shared(seed, n):
        total = 0.0
        for i in range(n):
            total += np.float64(at(seed, i) >> np.uint64(11))
        return total / 9007199254740992.0 / n

    own(1), shared(np.uint64(1), 1)
    draw = stdlib.random
    published = {
        "Python, n = 1e6": best(lambda: sum(draw() for _ in range(n // 10)) / (n // 10), 2),
        "NumPy": best(lambda: np.random.random(n).mean(), 3),
        "Numba": best(lambda: own(n), 3),
    }
    means, corrected = {}, {}
    ways = {
        "NumPy": lambda: float((random.stretch(1, 0, n) >> np.uint64(11)).astype(np.float64).sum()) / 2**53 / n,
        "Numba": lambda: shared(np.uint64(1), n),
        "Cython": lambda: cython.mean_of_randoms(1, n),
    }
    for name, way in ways.items():
        means[name], corrected[name] = way(), best(way, 3)
    agree = max(means.values()) - min(means.values()) < 1e-9
    order = " < ".join(sorted(corrected, key=corrected.get))
    why = f"it compares generators; with a single generator, whose means {'agree' if agree else 'differ'}: {order}"
    return outcome("void", why, published, corrected)


@claim("pairwise-compile")
def pairwise_compile():
    """Ten runs that include the first, and ten that do not."""
    from peers.systems import numba_

    points = suite.make("pairwise", "", "small", 0).points
    fresh = numba.njit(numba_.distances.py_func)
    mean, deviation = spread(each(lambda: fresh(points), 10))
    steady, noise = spread(each(lambda: fresh(points), 10))
    published = {"Numba, mean of ten with the first": mean, "its standard deviation": deviation}
    corrected = {"Numba, mean of ten after it": steady, "its standard deviation": noise}
    why = f"compilation is {100 * (1 - steady / mean):.0f} % of a mean that includes the first run"
    return outcome("void", why, published, corrected)


@claim("pairwise-2013")
def pairwise_2013():
    """m = 1000, each written as its experts write it."""
    from sklearn.metrics import euclidean_distances

    from peers.systems import numba_, pure, scipy_

    m = 1000
    points = (random.stretch(random.seed(4, 0), 0, 3 * m) >> np.uint64(44)).astype(np.float64).reshape(m, 3) / 2**20
    compiled = native.load("cython")
    numba_.distances(points[:4])
    work = type("Work", (), {"points": points, "shape": lambda self: (m, m)})()
    ways = {
        "Python": (lambda: pure.pairwise((work, [points.tolist()]), None), 1),
        "NumPy": (lambda: np.sqrt(((points[:, None] - points) ** 2).sum(-1)), 5),
        "scikit-learn": (lambda: euclidean_distances(points, points), 5),
        "SciPy": (lambda: scipy_.pairwise(work, None), 5),
        "Cython": (lambda: compiled.distances(points), 5),
        "Numba": (lambda: numba_.distances(points), 5),
    }
    took = {name: best(way, repeats) for name, (way, repeats) in ways.items()}
    stands = took["Python"] > took["NumPy"] > max(took["Cython"], took["Numba"])
    gain = took["Python"] / took["Numba"]
    why = "the order is different"
    if stands:
        why = f"the order is reproduced: Python, NumPy, then the compilers; Numba is {gain:.0f}x as fast as Python"
    return outcome("reproduced" if stands else "reversed", why, took, {})


@claim("julia-and-diffusion")
def julia_and_diffusion():
    """Checks the sum of the counts, and times diffusion on the suite's torus; Python makes a tenth of the steps."""
    from peers.systems import numba_, numpy_, pure

    julia = suite.make("julia", "", "medium", 0)
    total = int(numba_.escape_counts(julia.xs, julia.ys, julia.limit).sum())
    work = suite.make("heat", "", "medium", 0)

    def by_numexpr():
        u = np.pad(work.initial, 1, mode="wrap")
        for _ in range(work.steps):
            named = {"u": u[1:-1, 1:-1], "a": u[:-2, 1:-1], "b": u[2:, 1:-1], "l": u[1:-1, :-2], "r": u[1:-1, 2:]}
            u[1:-1, 1:-1] = numexpr.evaluate("u + 0.1*(a + b + l + r - 4*u)", named)
            u[0], u[-1] = u[-2], u[1]
            u[:, 0], u[:, -1] = u[:, -2], u[:, 1]

    tenth = type("Tenth", (), {"RATE": work.RATE, "side": work.side, "steps": work.steps // 10})()
    took = {
        "Python, 50 of 500 steps": each(lambda: pure.heat((tenth, [work.initial.tolist()]), None), 1)[0],
        "NumPy": best(lambda: numpy_.heat(work, None), 2),
        "NumPy in place": best(lambda: numpy_.heat_inplace(work, None), 2),
        "numexpr": best(by_numexpr, 2),
    }
    took["Julia set: sum of counts"] = float(total)
    stands = total == 33219980 and 10 * took["Python, 50 of 500 steps"] > 10 * took["NumPy"]
    why = f"the sum is {total}; in place is {took['NumPy'] / took['NumPy in place']:.2f}x plain NumPy"
    return outcome("reproduced" if stands else "reversed", why, took, {})
