"""scikit-learn and joblib: a cross-validated search over penalties, in any number of processes.

`GridSearchCV` sets the number of outer workers by `n_jobs`, and BLAS decides on the threads inside each of them.
Together they would start more threads than there are cores, so the harness sets the inner threads to one.
"""

import os

import numpy as np
import sklearn
from joblib import Parallel, delayed
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (the next import needs it)
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, PredefinedSplit
from threadpoolctl import threadpool_limits

from peers import blocks, scratch, suite
from peers.cells import cell, start
from peers.suite.gridsearch import Best

LIBRARIES = ["scikit-learn", "joblib", "threadpoolctl", "numpy"]

TECHNIQUES = {
    "sklearn-gridsearch": {
        "idea": "GridSearchCV over Ridge, one fit after the other",
        "gives": "any estimator, any score, three lines",
        "costs": "checks and copies around every fit, and sums computed again that fits could share",
        "cores": "one",
    },
    "sklearn-gridsearch-jobs": {
        "idea": "the same with n_jobs: joblib distributes the fits over processes",
        "gives": "all cores, for one argument",
        "costs": "half a second to start the processes, and sending them the table",
        "cores": "workers",
        "daemons": True,
        "environment": {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    },
    "halving-grid-search-cv": {
        "idea": "HalvingGridSearchCV, another algorithm: all penalties on a third of the rows, then the best on all",
        "gives": "a third fewer sums than all fits on all rows, and the best penalty with its error on full folds",
        "costs": "no score for dropped penalties, which may include the best, and a third more fits with their checks",
        "cores": "one",
    },
    "joblib": {
        "idea": "Parallel(delayed(fit)(…)): a loop written as an expression, on threads, as NumPy releases the GIL",
        "gives": "a switch to processes by one argument, for code that does not release the GIL",
        "costs": "tens of microseconds per call",
        "cores": "workers",
        "environment": {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    },
}

SCORE = "neg_mean_squared_error"

# the suite's numbers are finite and its parameters valid; the fold already has a copy of the rows
sklearn.set_config(assume_finite=True, skip_parameter_validation=True)
RIDGE = {"fit_intercept": False, "solver": "cholesky", "copy_X": False}


@start("sklearn-gridsearch-jobs")
def processes(workers):
    """Starts joblib's processes by a first search, before the clock starts; joblib reuses them."""
    from joblib.externals.loky import get_reusable_executor

    with scratch.folder("joblib") as folder:
        os.environ["JOBLIB_TEMP_FOLDER"] = folder
        search(suite.make("gridsearch", "", "tiny", 0), workers).fit(np.eye(60), np.ones(60))
        yield workers
        get_reusable_executor().shutdown(wait=True)


def search(work, jobs):
    """A search over the suite's folds and penalties, with ridge regression by Cholesky and without intercept."""
    folds = PredefinedSplit(work.fold_of)
    model = Ridge(**RIDGE)
    return GridSearchCV(model, {"alpha": work.penalties.tolist()}, scoring=SCORE, cv=folds, n_jobs=jobs, refit=False)


def errors(fitted):
    """The error of each penalty on each fold, in the form that the suite checks."""
    folds = [fitted.cv_results_[f"split{fold}_test_score"] for fold in range(5)]
    return -np.column_stack(folds)


@cell("gridsearch", "sklearn-gridsearch")
def gridsearch(work, _):
    with threadpool_limits(1):
        return errors(search(work, 1).fit(work.x, work.y))


@cell("gridsearch", "sklearn-gridsearch-jobs")
def gridsearch_jobs(work, workers):
    """joblib hands out the fits in tasks, each of as many fits as take a fifth of a second."""
    return errors(search(work, workers).fit(work.x, work.y))


@cell("gridsearch", "joblib")
def gridsearch_joblib(work, workers):
    """The same fits without scikit-learn; threads share the rows, while processes would pickle them."""
    rows = list(blocks.folds(work))
    fits = work.as_tasks((fold, penalty) for penalty in work.penalties for fold in range(5))
    calls = (delayed(blocks.fit)(*rows[fold], penalty) for fold, penalty in fits)
    return np.array(Parallel(n_jobs=workers, prefer="threads")(calls)).reshape(-1, 5)


class RidgeOfThirds(Ridge):
    """Ridge regression on the first one, two or three thirds of its rows.

    By default, halving draws a random sample of rows for each rung. That also reduces the held-out rows, and the last
    rung has all rows only if the factor divides their number. A parameter for the share of rows avoids both.
    """

    def __init__(self, alpha=1.0, thirds=3):
        super().__init__(alpha=alpha, **RIDGE)
        self.thirds = thirds

    def fit(self, x, y):
        rows = len(x) * self.thirds // 3
        return super().fit(x[:rows], y[:rows])


@cell("gridsearch", "halving-grid-search-cv", algorithm="halving")
def gridsearch_halving(work, _):
    """Two rungs: all penalties on a third of the rows, then the best third of the penalties on all of them."""
    grid, folds = {"alpha": work.penalties.tolist()}, PredefinedSplit(work.fold_of)
    rungs = {"resource": "thirds", "min_resources": 1, "max_resources": 3, "factor": 3}
    plain = {"refit": False, "n_jobs": 1, "return_train_score": False}  # the default scores the training rows as well
    search = HalvingGridSearchCV(RidgeOfThirds(), grid, scoring=SCORE, cv=folds, **plain, **rungs)
    with threadpool_limits(1):
        fitted = search.fit(work.x, work.y)
    penalty = int(np.flatnonzero(work.penalties == fitted.best_params_["alpha"])[0])
    return Best(penalty, errors(fitted)[fitted.best_index_])  # the best of the last rung
