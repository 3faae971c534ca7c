"""numexpr against NumPy and compilers, on the expression that its README praises."""

import numpy as np

from peers import python2
from peers.claims import Study, claim, compiled
from peers.claims.timing import best
from peers.python2 import child
from peers.suite.workload import Unavailable


def by_numpy(a, b):
    return a * b - 4.1 * a > 2.5 * b


def by_numexpr(a, b):
    import numexpr

    return numexpr.evaluate("a*b - 4.1*a > 2.5*b", {"a": a, "b": b})


def needs_memory(gigabytes):
    """Refuses where the arrays would not fit."""
    import psutil

    if psutil.virtual_memory().available < gigabytes * 1e9:
        raise Unavailable(f"needs {gigabytes} GB of free memory; run it on a larger machine, or when this one is idle")


def signs(a):
    """The same numbers on [-10, 10), where the expression is true for some and false for others."""
    return 20 * a - 10


def always_false(a, b, compute):
    """On [0, 1), a*b - 4.1*a is at most 0 and 2.5*b at least 0."""
    if not compute(a, b).any():
        yield "the answer is False for every input, so a form that computes something else passes unseen"


@claim("numexpr")
def day_seven(_, n=10_000):
    """Square arrays of 800 MB, the least of three single runs."""
    needs_memory(6e-8 * n * n)

    a, b = np.random.rand(n, n), np.random.rand(n, n)

    def published():
        return {name: best(lambda: way(a, b), 3) for name, way in {"NumPy": by_numpy, "numexpr": by_numexpr}.items()}

    def corrected():
        """The same on numbers of both signs, which take the place of the others: no machine needs room for both."""
        if a.min() >= 0:
            for array in (a, b):
                array *= 20
                array -= 10
        assert np.array_equal(by_numpy(a[:64], b[:64]), by_numexpr(a[:64], b[:64]))
        return published()

    return Study(published, corrected, lambda: always_false(a[:200], b[:200], by_numexpr))


@claim("numexpr-and-compilers")
def day_seven_two(stack, n=3_000):
    """Five systems; two of them with the published plus sign."""
    import numba

    plus = numba.vectorize(["u1(float64, float64)"])(lambda a, b: a * b + 4.1 * a > 2.5 * b)
    minus = numba.vectorize(["u1(float64, float64)"])(by_numpy)
    kernels = compiled.cython()
    common = {"NumPy": by_numpy, "numba.jit": numba.njit(by_numpy), "numexpr": by_numexpr}
    as_published = common | {"numba.vectorize": plus, "Cython": kernels.comparison_with_plus}
    mended = common | {"numba.vectorize": minus, "Cython": kernels.comparison}
    python2_kernels = stack.enter_context(child.started()) if python2.absent() is None else None

    def timed(ways, a, b):
        for way in ways.values():
            way(a[:8], b[:8])  # compiles it
        took = {name: best(lambda: way(a, b), 3, 10) for name, way in ways.items()}
        return took | (by_parakeet(python2_kernels, a, b) if python2_kernels else {})

    def corrected():
        a, b = signs(np.random.rand(n, n)), signs(np.random.rand(n, n))
        for name, way in mended.items():
            assert np.array_equal(way(a[:64], b[:64]), by_numpy(a[:64], b[:64])), name
        return timed(mended, a, b)

    published = lambda: timed(as_published, np.random.rand(n, n), np.random.rand(n, n))
    return Study(published, corrected, lambda: other_sign(as_published))


def by_parakeet(kernels, a, b):
    """Its expression has the constant 4.125 of the suite; the time of a product does not depend on it."""
    kernels.share(a.ravel(), b.ravel(), np.zeros(a.size, np.bool_))
    kernels.ask("expression")  # compiles it
    took = best(lambda: kernels.ask("expression"), 3, 10)
    kernels.release()
    return {"Parakeet": took}


def other_sign(ways):
    """Which of the forms give another answer where the answer is not always False."""
    a, b = signs(np.random.rand(64, 64)), signs(np.random.rand(64, 64))
    wrong = [name for name, way in ways.items() if not np.array_equal(way(a, b), by_numpy(a, b))]
    if wrong:
        yield f"{' and '.join(wrong)} compute another expression (+4.1*a)"


@claim("numexpr-readme")
def readme(_, sizes=(10_000, 100_000, 1_000_000, 10_000_000)):
    """Two expressions over `arange`, at the size of the README's example and around it."""
    import numexpr

    forms = {
        "a + 1": (lambda a, b: a + 1, lambda a, b: numexpr.evaluate("a + 1", {"a": a})),
        "a*b-4.1*a > 2.5*b": (by_numpy, by_numexpr),
    }

    def published():
        took = {}
        for n in sizes:
            a, b, number = np.arange(n, dtype=float), np.arange(n, dtype=float), max(1, 1_000_000 // n)
            for form, (plain, fast) in forms.items():
                assert np.array_equal(plain(a, b), fast(a, b))
                took[f"{form}, n = {n:.0e}, NumPy"] = best(lambda: plain(a, b), 5, number)
                took[f"{form}, n = {n:.0e}, numexpr"] = best(lambda: fast(a, b), 5, number)
        return took

    return Study(published)
