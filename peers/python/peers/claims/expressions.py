"""Claims about numexpr, NumPy and compilers: ten operations on large arrays; numexpr's README advertises the last."""

import numpy as np

from peers import python2
from peers.claims import Study, claim, compiled
from peers.claims.timing import best
from peers.python2 import child
from peers.suite.workload import Unavailable

# the operations, in NumPy and as numexpr's text
OPERATIONS = {
    "modulus": (lambda a, b: a % b, "a % b"),
    "difference": (lambda a, b: a - b, "a - b"),
    "multiplication": (lambda a, b: a * b, "a * b"),
    "division": (lambda a, b: a / b, "a / b"),
    "power": (lambda a, b: a**b, "a ** b"),
    "log": (lambda a, b: np.log(a), "log(a)"),
    "sum": (lambda a, b: np.sum(a), "sum(a)"),
    "square root": (lambda a, b: np.sqrt(a), "sqrt(a)"),
    "comparison": (lambda a, b: a < b, "a < b"),
    "expression": (lambda a, b: a * b - 4.1 * a > 2.5 * b, "a*b - 4.1*a > 2.5*b"),
}
EXPRESSION = OPERATIONS["expression"]
by_numpy = EXPRESSION[0]


def evaluated(text):
    """A function of two arrays; numexpr reads them from its frame."""
    import numexpr

    return lambda a, b: numexpr.evaluate(text)


def needs_memory(gigabytes):
    """Refuses if the arrays would not fit into memory."""
    import psutil

    if psutil.virtual_memory().available < gigabytes * 1e9:
        raise Unavailable(f"needs {gigabytes:.0f} GB of free memory; run it on a larger or an idle machine")


def signs(a):
    """The same numbers on [-10, 10), for which the expression is true for some and false for others."""
    return 20 * a - 10


def always_false(a, b, compute):
    """Finds whether the answer is False for every input: on [0, 1), a*b - 4.1*a is at most 0 and 2.5*b at least 0."""
    if not compute(a, b).any():
        yield "the answer is False for every input, so a form that computes something else is not noticed"


@claim("numexpr")
def day_seven(_, n=10_000):
    """Square arrays of 800 MB, drawn again for each operation; the least of three single runs."""
    needs_memory(6e-8 * n * n)

    def timed(name, a, b):
        plain, text = OPERATIONS[name]
        fast = evaluated(text)
        np.testing.assert_allclose(fast(a[:64, :64], b[:64, :64]), plain(a[:64, :64], b[:64, :64]))
        return {f"{name}, NumPy": best(lambda: plain(a, b), 3), f"{name}, numexpr": best(lambda: fast(a, b), 3)}

    def published():
        took = {}
        for name in OPERATIONS:
            took |= timed(name, np.random.rand(n, n), np.random.rand(n, n))
        return took

    def corrected():
        return timed("expression", signs(np.random.rand(n, n)), signs(np.random.rand(n, n)))

    few = np.random.rand(200, 200), np.random.rand(200, 200)
    return Study(published, corrected, lambda: always_false(*few, evaluated(EXPRESSION[1])))


@claim("numexpr-and-compilers")
def day_seven_two(stack, n=10_000, checked=3_000):
    """Six systems, two of them with the published plus sign. Each has its own arrays."""
    import numba

    needs_memory(8e-8 * n * n)
    plus = numba.vectorize(["u1(float64, float64)"])(lambda a, b: a * b + 4.1 * a > 2.5 * b)
    minus = numba.vectorize(["u1(float64, float64)"])(by_numpy)
    kernels = compiled.cython()
    common = {"NumPy": by_numpy, "numba.jit": numba.jit(by_numpy), "numexpr": evaluated(EXPRESSION[1])}
    as_published = common | {"numba.vectorize": plus, "Cython": kernels.comparison_with_plus}
    mended = common | {"numba.vectorize": minus, "Cython": kernels.comparison}
    parakeet = stack.enter_context(child.started(backend=None)) if python2.absent() is None else None

    def timed(ways, draw, size):
        took = {}
        for name, way in ways.items():
            a, b = draw(size, size), draw(size, size)
            way(a[:8], b[:8])  # compiles it, as the smaller arrays of the source did
            took[name] = best(lambda: way(a, b), 3, 10)
        return took | (by_parakeet(parakeet, draw(size, size), draw(size, size)) if parakeet else {})

    def corrected():
        draw = lambda *shape: signs(np.random.rand(*shape))
        a, b = draw(64, 64), draw(64, 64)
        for name, way in mended.items():
            assert np.array_equal(way(a, b), by_numpy(a, b)), name
        return timed(mended, draw, min(n, checked))

    return Study(lambda: timed(as_published, np.random.rand, n), corrected, lambda: other_sign(as_published))


def by_parakeet(kernels, a, b):
    kernels.share(a, b)
    kernels.ask("comparison")  # compiles it
    took = best(lambda: kernels.ask("comparison"), 3, 10)
    kernels.release()
    return {"Parakeet": took}


def other_sign(ways):
    """The forms whose answers differ on data for which the answer is not always False."""
    a, b = signs(np.random.rand(64, 64)), signs(np.random.rand(64, 64))
    wrong = [name for name, way in ways.items() if not np.array_equal(way(a, b), by_numpy(a, b))]
    if wrong:
        yield f"{' and '.join(wrong)} compute another expression (+4.1*a)"


@claim("numexpr-readme")
def readme(_, sizes=(10_000, 100_000, 1_000_000, 10_000_000)):
    """Two expressions over `arange`, at the size of the README's example and around it."""
    forms = {"a + 1": (lambda a, b: a + 1, "a + 1"), "a*b-4.1*a > 2.5*b": EXPRESSION}

    def published():
        took = {}
        for n in sizes:
            a, b, number = np.arange(float(n)), np.arange(float(n)), max(1, 1_000_000 // n)
            for form, (plain, text) in forms.items():
                fast = evaluated(text)
                assert np.array_equal(plain(a, b), fast(a, b))
                took[f"{form}, n = {n:.0e}, NumPy"] = best(lambda: plain(a, b), 5, number)
                took[f"{form}, n = {n:.0e}, numexpr"] = best(lambda: fast(a, b), 5, number)
        return took

    return Study(published)
