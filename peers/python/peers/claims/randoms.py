"""Claims about the mean of ten million random numbers: four systems with four generators, then with one generator."""

import random as stdlib

import numpy as np

from peers import native
from peers.claims import Study, claim, compiled
from peers.claims.timing import best, mean_of_seven
from peers.suite import random


def average(n):
    total = 0
    for _ in range(n):
        total += stdlib.random()
    return total / n


@claim("mean-of-randoms")
def mean_of_randoms(_, n=10_000_000):
    import numba

    from peers.numba_kernels.words import at

    kernels, suite_kernels = compiled.cython(), native.load("cython")

    @numba.njit
    def shared(seed, n):
        total = 0.0
        for i in range(n):
            total += np.float64(at(seed, i) >> np.uint64(11))
        return total / 9007199254740992.0 / n

    as_published = {
        "Python": average,
        "NumPy": lambda n: np.random.random(n).mean(),
        "Numba": numba.jit(average),
        "Cython, Python's generator, single precision": kernels.mean_by_calls,
        "Cython, C's generator, single precision": kernels.mean_by_c,
    }
    one_generator = {
        "NumPy": lambda n: float((random.stretch(1, 0, n) >> np.uint64(11)).astype(np.float64).sum()) / 2**53 / n,
        "Numba": lambda n: shared(np.uint64(1), n),
        "Cython": lambda n: suite_kernels.mean_of_randoms(1, n),
    }

    def published():
        """`%timeit`, after a separate call, which compiles what is not compiled yet."""
        return {name: (way(n), mean_of_seven(lambda: way(n)))[1] for name, way in as_published.items()}

    def corrected():
        means = [way(1000) for way in one_generator.values()]
        assert max(means) - min(means) < 1e-12, means
        return {name: best(lambda: way(n), 3) for name, way in one_generator.items()}

    return Study(published, corrected, lambda: faults(as_published, kernels))


def faults(ways, kernels):
    """Finds different means from equal seeds: systems that draw the same numbers have the same mean."""
    import numba

    stdlib.seed(1), np.random.seed(1), kernels.seed_c(1)
    numba.njit(lambda: stdlib.seed(1))()  # compiled code has a state of its own
    means = {}
    for name, way in ways.items():
        stdlib.seed(1)
        means[name] = way(1000)
    different = len({round(mean, 6) for mean in means.values()})
    if different > 1:
        yield f"with equal seeds, the {len(ways)} forms have {different} different means, so it compares generators"
