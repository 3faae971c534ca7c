"""Claims about joblib's threads and processes, and about scikit-learn's halving and its full grid."""

import functools
from time import perf_counter

import numpy as np

from peers.claims import Study, claim, compiled
from peers.claims.timing import once


def roots(n):
    """A Cython function that works in a `with nogil` block; each process loads it itself."""
    return kernels().roots_without_lock(n)


kernels = functools.cache(compiled.cython)


def count_primes(n):
    """Pure Python, which holds the GIL."""
    return sum(all(k % d for d in range(2, int(k**0.5) + 1)) for k in range(2, n))


@claim("joblib-threads")
def joblib_threads(_, numbers=20_000_000, primes=10_000, tasks=10, jobs=2):
    """The documentation's calls, with `prefer="threads"` and by default; one function releases the GIL, one not."""
    from joblib import Parallel, delayed

    works = {"compiled": (roots, numbers), "Python": (count_primes, primes)}

    def published():
        took = {}
        for kind, (work, size) in works.items():
            right = [work(size + i**2) for i in range(tasks)]
            for name, options in {"threads": {"prefer": "threads"}, "processes": {}}.items():
                run = lambda: Parallel(n_jobs=jobs, **options)(delayed(work)(size + i**2) for i in range(tasks))
                took[f"{kind}, {name}"], results = once(run)
                assert results == right
        return took

    published()  # starts the processes, which are kept
    return Study(published)


@claim("sklearn-halving")
def sklearn_halving(_, samples=1000, gammas=7, costs=6):
    """The example's grid of 42, by halving with factor 2 and in full, with the default five folds."""
    from sklearn import datasets
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
    from sklearn.svm import SVC

    def published():
        state = np.random.RandomState(0)
        x, y = datasets.make_classification(n_samples=samples, random_state=state)
        grid = {"gamma": [10.0**-k for k in range(1, gammas + 1)], "C": [10.0**k for k in range(costs)]}
        model = SVC(random_state=state)
        took = {}
        began = perf_counter()
        halving = HalvingGridSearchCV(model, grid, factor=2, random_state=state).fit(x, y)
        took["halving"], began = 1e3 * (perf_counter() - began), perf_counter()
        full = GridSearchCV(model, grid).fit(x, y)
        took["full grid"] = 1e3 * (perf_counter() - began)
        scores = full.cv_results_["mean_test_score"]
        kept = scores[full.cv_results_["params"].index(halving.best_params_)]
        return took | {"score lost by halving": float(scores.max() - kept)}

    return Study(published)
