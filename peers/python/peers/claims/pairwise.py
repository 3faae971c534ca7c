"""Claims about distances of all pairs: three loops in several systems, and a first call that also compiles."""

import numpy as np

from peers.claims import Study, claim, compiled
from peers.claims.timing import best_of_three, magic, mean_and_deviation, mean_of_seven
from peers.suite.workload import Unavailable


def by_loops(x):
    """Three loops over the elements, of which the innermost adds up the squares of a pair."""
    m, n = x.shape[0], x.shape[1]
    out = np.empty((m, m), dtype=np.float64)
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
    """The `%timeit` of that time: the best of three, of as many loops as fill a fifth of a second."""
    import numba
    from scipy.spatial.distance import cdist
    from sklearn.metrics import euclidean_distances

    x = np.random.random((m, 3))
    by_columns = np.asarray(x, order="F")
    ways = {
        "NumPy": lambda: by_broadcasting(x),
        "Python": lambda: by_loops(x),
        "Numba": lambda by_numba=numba.jit(by_loops): by_numba(x),
        "Cython": lambda by_cython=compiled.cython().pairwise: by_cython(x),
        "SciPy": lambda: cdist(x, x),
        "scikit-learn": lambda: euclidean_distances(x, x),
    }
    try:
        ways["Fortran"] = lambda by_fortran=compiled.fortran().pairwise: by_fortran(by_columns)
    except Unavailable:
        pass  # the rule then refuses the statement about it
    right = by_broadcasting(x)
    for name in ways.keys() - {"Python"}:
        np.testing.assert_allclose(ways[name](), right, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(by_loops(x[:20]), right[:20, :20])
    return Study(lambda: {name: best_of_three(way) for name, way in ways.items()})


def by_halves(x):
    """Each pair once, written on both sides of the diagonal."""
    m, n = x.shape[0], x.shape[1]
    out = np.zeros((m, m), dtype=np.float64)
    for i in range(m):
        for j in range(i + 1, m):
            total = 0.0
            for k in range(n):
                difference = x[i, k] - x[j, k]
                total += difference * difference
            distance = np.sqrt(total)
            out[i, j] = distance
            out[j, i] = distance
    return out


def in_parallel():
    """The same with `prange`, compiled."""
    import numba

    @numba.njit(parallel=True)
    def by_halves_in_parallel(x):
        m, n = x.shape[0], x.shape[1]
        out = np.zeros((m, m), dtype=np.float64)
        for i in numba.prange(m):
            for j in range(i + 1, m):
                total = 0.0
                for k in range(n):
                    difference = x[i, k] - x[j, k]
                    total += difference * difference
                distance = np.sqrt(total)
                out[i, j] = distance
                out[j, i] = distance
        return out

    return by_halves_in_parallel


@claim("pairwise-compile")
def pairwise_compile(_, m=1000, loops=(10, 100)):
    """Seven runs of ten loops; the first run compiles, as the published deviation shows, but not with prange."""
    import numba

    x, parallel = np.random.random((m, 3)), in_parallel()
    np.testing.assert_allclose(parallel(x), by_broadcasting(x), atol=1e-6)
    latest = {}

    def published():
        latest["numba"] = numba.jit(by_halves)
        cold = magic(lambda: latest["numba"](x), 7, loops[0])
        latest["cold"], latest["steady"] = np.mean(cold), np.mean(cold[1:])
        figures = mean_and_deviation(cold) + mean_and_deviation(magic(lambda: parallel(x), 7, loops[1]))
        names = ("Numba, mean of seven runs", "Numba, deviation", "prange, mean of seven runs", "prange, deviation")
        return dict(zip(names, figures))

    def corrected():
        return {"Numba, mean after the first": mean_of_seven(lambda: latest["numba"](x), loops[0])}

    def faults():
        published()
        share = 1 - latest["steady"] / latest["cold"]
        if share > 0.2:
            yield f"{100 * share:.0f} % of Numba's mean is the compilation, which the first run contains"

    return Study(published, corrected, faults)
