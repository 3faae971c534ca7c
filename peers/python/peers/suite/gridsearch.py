"""Nested parallelism: ridge regression, cross-validated over a grid of penalties."""

from collections import namedtuple

import numpy as np

from peers.suite import random
from peers.suite.workload import Mismatch, Workload, near

FOLDS = 5


# What a search can tell that drops penalties on its way: the index of the best, and its error on each fold.
Best = namedtuple("Best", "penalty errors")


class GridSearch(Workload):
    """Features, targets and penalties; results are the error of each penalty on each fold."""

    NAME, NUMBER, UNIT, LIMIT, EXACT = "gridsearch", 16, "fits", "FMA peak", False

    def make(self):
        self.rows, self.features, self.count = self.of(
            (60, 4, 3), (500, 16, 12), (1000, 32, 24), (2000, 64, 24), (10000, 128, 24)
        )
        n, d = self.rows, self.features
        draw = lambda first, count, modulus: (random.stretch(self.seed, first, first + count) % modulus).astype(np.int64)
        self.x = (draw(0, n * d, 17) - 8).astype(np.float64).reshape(n, d)
        weights = (draw(1 << 40, d, 7) - 3).astype(np.float64)
        self.y = self.x @ weights + (draw(1 << 41, n, 2001) - 1000)
        self.penalties = 2.0 ** np.arange(self.count)
        self.fold_of = np.arange(n) % FOLDS
        self._right = None

    def items(self):
        return self.count * FOLDS

    def traffic(self):
        fits, d, trained = self.items(), self.features, self.rows * (FOLDS - 1) / FOLDS
        gather, held_out = trained * (d + 1) * (d + 2), self.rows / FOLDS
        flops = fits * (gather + d**3 / 3 + held_out * (2 * d + 3))
        return fits * 8.0 * self.rows * (d + 1), flops

    def split(self, fold):
        """Training rows and held-out rows of a fold, as masks."""
        return self.fold_of != fold, self.fold_of == fold

    def right(self):
        """The right errors: sums in integers, solved by LU with pivoting where fits take Cholesky."""
        if self._right is None:
            whole = np.column_stack([self.x, self.y]).astype(np.int64)
            self._right = np.empty((self.count, FOLDS))
            for fold in range(FOLDS):
                train, held_out = self.split(fold)
                sums = (whole[train].T @ whole[train]).astype(np.float64)
                for k, penalty in enumerate(self.penalties):
                    gram = sums[:-1, :-1] + penalty * np.eye(self.features)
                    weights = np.linalg.solve(gram, sums[:-1, -1])
                    miss = self.y[held_out] - self.x[held_out] @ weights
                    self._right[k, fold] = np.mean(miss * miss)
        return self._right

    def check(self, result, runs):
        if isinstance(result, Best):
            return self.check_best(result)
        got = np.asarray(result)
        if got.shape != (self.count, FOLDS):
            raise Mismatch(f"{got.shape} where {(self.count, FOLDS)} belongs")
        near(got, self.right(), 1e-8 * self.right())
        return random.digest(got)

    def check_best(self, result):
        """Another algorithm's answer: of all penalties it must have kept the best one, and scored it on all rows."""
        best = int(np.argmin(self.right().mean(axis=1)))
        if result.penalty != best:
            raise Mismatch(f"2^{result.penalty} was kept, and 2^{best} is the best")
        near(np.asarray(result.errors), self.right()[best], 1e-8 * self.right()[best])
        return random.digest(np.array([best, *result.errors]))

    def metrics(self, result):
        if isinstance(result, Best):
            return {"best_lambda_log2": float(result.penalty), "best_error": float(np.mean(result.errors))}
        means = np.asarray(result).mean(axis=1)
        return {"best_lambda_log2": float(np.argmin(means)), "best_error": float(means.min())}
