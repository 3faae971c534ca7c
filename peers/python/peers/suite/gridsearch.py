"""Nested parallelism: ridge regression, cross-validated over a grid of penalties.

    for penalty in penalties:
        for fold in range(5):
            weights = solve(X'X + penalty * I, X'y) on the training rows
            errors[penalty, fold] = mean squared error on the held-out rows
"""

from collections import namedtuple

import numpy as np

from peers.suite import random
from peers.suite.workload import Mismatch, Workload, check_near

FOLDS = 5


# The result of a search that drops penalties early: the index of the best one, and its error on each fold.
Best = namedtuple("Best", "penalty errors")


class GridSearch(Workload):
    """Features, targets and penalties; a result is the error of each penalty on each fold."""

    NAME, NUMBER, UNIT, LIMIT, EXACT, DTYPE = "gridsearch", 16, "fits", "FMA peak", False, np.float64

    def make(self):
        self.rows, self.features, self.count = self.of(
            (60, 4, 3), (500, 16, 12), (1000, 32, 24), (2000, 64, 24), (10000, 128, 24)
        )
        n, d = self.rows, self.features
        words = lambda first, count: random.stretch(self.seed, first, first + count)
        draw = lambda first, count, modulus: (words(first, count) % modulus).astype(np.int64)
        self.x = (draw(0, n * d, 17) - 8).astype(np.float64).reshape(n, d)
        weights = (draw(1 << 40, d, 7) - 3).astype(np.float64)
        self.y = self.x @ weights + (draw(1 << 41, n, 2001) - 1000)
        self.penalties = 2.0 ** np.arange(self.count)
        self.fold_of = np.arange(n) % FOLDS
        self._expected = None

    def items(self):
        return self.count * FOLDS

    def shape(self):
        return (self.count, FOLDS)

    def traffic(self):
        fits, d, trained = self.items(), self.features, self.rows * (FOLDS - 1) / FOLDS
        gather, held_out = trained * (d + 1) * (d + 2), self.rows / FOLDS
        flops = fits * (gather + d**3 / 3 + held_out * (2 * d + 3))
        return fits * 8.0 * self.rows * (d + 1), flops

    def split(self, fold):
        """The training rows and the held-out rows of a fold, as masks."""
        return self.fold_of != fold, self.fold_of == fold

    def expected_errors(self):
        """The errors, from integer sums and LU with pivoting (the techniques use Cholesky)."""
        if self._expected is None:
            whole = np.column_stack([self.x, self.y]).astype(np.int64)
            self._expected = np.empty((self.count, FOLDS))
            for fold in range(FOLDS):
                train, held_out = self.split(fold)
                sums = (whole[train].T @ whole[train]).astype(np.float64)
                for k, penalty in enumerate(self.penalties):
                    gram = sums[:-1, :-1] + penalty * np.eye(self.features)
                    weights = np.linalg.solve(gram, sums[:-1, -1])
                    residual = self.y[held_out] - self.x[held_out] @ weights
                    self._expected[k, fold] = np.mean(residual * residual)
        return self._expected

    def check(self, result, runs):
        if isinstance(result, Best):
            return self.check_best(result)
        got = np.asarray(result)
        if got.shape != (self.count, FOLDS):
            raise Mismatch(f"{got.shape} instead of {(self.count, FOLDS)}")
        check_near(got, self.expected_errors(), 1e-8 * self.expected_errors())
        return random.digest(got)

    def check_best(self, result):
        """Checks a search that drops penalties: it must keep the best one and score it on all rows."""
        best = int(np.argmin(self.expected_errors().mean(axis=1)))
        if result.penalty != best:
            raise Mismatch(f"2^{result.penalty} was kept, but 2^{best} is the best penalty")
        expected = self.expected_errors()[best]
        check_near(np.asarray(result.errors), expected, 1e-8 * expected)
        return random.digest(np.array([best, *result.errors]))

    def metrics(self, result):
        if isinstance(result, Best):
            return {"best_lambda_log2": float(result.penalty), "best_error": float(np.mean(result.errors))}
        means = np.asarray(result).mean(axis=1)
        return {"best_lambda_log2": float(np.argmin(means)), "best_error": float(means.min())}
