"""joblib's threads against its processes, and scikit-learn's halving against its full grid."""

import zlib
from time import perf_counter

import numpy as np

from peers.claims import Study, claim
from peers.claims.timing import once


def compress(data):
    """Compiled code that releases the lock while it works."""
    return len(zlib.compress(data, 1))


def count_primes(n):
    """Pure Python, which holds the lock."""
    return sum(all(k % d for d in range(2, int(k**0.5) + 1)) for k in range(2, n))


@claim("joblib-threads")
def joblib_threads(_, megabytes=2, primes=10_000, tasks=8, jobs=2):
    """`prefer="threads"` and the default, for a function that releases the lock and for one that holds it."""
    from joblib import Parallel, delayed

    data = [np.random.default_rng(k).integers(0, 64, megabytes << 20, np.uint8) for k in range(tasks)]
    works = {"compiled": (compress, data), "Python": (count_primes, [primes] * tasks)}

    def published():
        took = {}
        for kind, (work, arguments) in works.items():
            right = [work(argument) for argument in arguments]
            for prefer in ("threads", "processes"):
                run = lambda: Parallel(n_jobs=jobs, prefer=prefer)(delayed(work)(argument) for argument in arguments)
                took[f"{kind}, {prefer}"], results = once(run)
                assert results == right
        return took

    published()  # starts the processes, which are kept
    return Study(published)


@claim("sklearn-halving")
def sklearn_halving(_, samples=1000, gammas=7, costs=6):
    """The example's grid of 42, by halving with factor 2 and in full, with the default of five folds."""
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
