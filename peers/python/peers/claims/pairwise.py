"""Distances of all pairs: three loops in several systems, and a first call that also compiles."""

import numpy as np

from peers.claims import Study, claim, compiled
from peers.claims.timing import best, mean_and_deviation, repeats
from peers.suite.workload import Unavailable


def by_loops(x):
    """Three loops over the elements, of which the innermost adds up the squares of a pair."""
    m, n = x.shape
    out = np.empty((m, m))
    for i in range(m):
        for j in range(m):
            total = 0.0
            for k in range(n):
                difference = x[i, k] - x[j, k]
                total += difference * difference
            out[i, j] = np.sqrt(total)
    return out


def by_broadcasting(x):
    return np.sqrt(((x[:, None, :] - x) ** 2).sum(-1))


@claim("pairwise-2013")
def pairwise_2013(_, m=1000):
    """The best of three repeats, of as many loops as fill a tenth of a second and more."""
    import numba
    from scipy.spatial.distance import cdist
    from sklearn.metrics import euclidean_distances

    x = np.random.random((m, 3))
    by_numba = numba.njit(by_loops)
    ways = {
        "NumPy": (by_broadcasting, 10),
        "Numba": (by_numba, 10),
        "Cython": (compiled.cython().pairwise, 10),
        "SciPy": (lambda x: cdist(x, x), 10),
        "scikit-learn": (lambda x: euclidean_distances(x, x), 10),
    }
    try:
        ways["Fortran"] = (compiled.fortran(), 10)
    except Unavailable:
        pass  # the statement on it is refused
    for way, _ in ways.values():
        np.testing.assert_allclose(way(x[:20]), by_loops(x[:20]), atol=1e-6)

    def published():
        took = {name: best(lambda: way(x), 3, number) for name, (way, number) in ways.items()}
        return took | {"Python": best(lambda: by_loops(x), 1)}

    return Study(published)


@claim("pairwise-compile")
def pairwise_compile(_, m=1000):
    """Seven runs of ten loops, of which the first compiles: as the published deviation shows."""
    import numba

    x = np.random.random((m, 3))

    def in_parallel(x):
        m, n = x.shape
        out = np.empty((m, m))
        for i in numba.prange(m):
            for j in range(m):
                total = 0.0
                for k in range(n):
                    difference = x[i, k] - x[j, k]
                    total += difference * difference
                out[i, j] = np.sqrt(total)
        return out

    parallel = numba.njit(parallel=True)(in_parallel)
    np.testing.assert_allclose(parallel(x[:20]), by_broadcasting(x[:20]))
    latest = {}

    def published():
        latest["numba"] = numba.njit(by_loops)
        cold = repeats(lambda: latest["numba"](x), 7, 10)
        mean, deviation = mean_and_deviation(cold)
        latest["cold"], latest["steady"] = mean, mean_and_deviation(cold[1:])[0]
        warm = mean_and_deviation(repeats(lambda: parallel(x), 7, 10))
        return {"Numba, mean of seven runs": mean, "Numba, deviation": deviation} | dict(
            zip(("prange, mean of seven runs", "prange, deviation"), warm)
        )

    def corrected():
        mean, deviation = mean_and_deviation(repeats(lambda: latest["numba"](x), 7, 10))
        return {"Numba, mean after the first": mean, "Numba, deviation after the first": deviation}

    def faults():
        published()
        share = 1 - latest["steady"] / latest["cold"]
        if share > 0.2:
            yield f"{100 * share:.0f} % of Numba's mean is the compilation, which the first run contains"

    return Study(published, corrected, faults)
