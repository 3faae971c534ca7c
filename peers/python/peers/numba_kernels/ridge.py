"""Ridge regression: BLAS computes the sums of a fold's training rows, and a Cholesky factorisation solves."""

import math

import numpy as np
from numba import njit, prange

FOLDS = 5


@njit
def split(table, fold, train, held_out):
    """Copies the training rows and the held-out rows of a fold; row `i` is held out in fold `i % 5`."""
    into, apart = 0, 0
    for i in range(table.shape[0]):
        if i % FOLDS == fold:
            held_out[apart] = table[i]
            apart += 1
        else:
            train[into] = table[i]
            into += 1
    return into, apart


@njit(fastmath=True)
def _solve(sums, penalty, lower, weights):
    """The weights, by Cholesky; the last row of the sums is that of the targets."""
    d = sums.shape[0] - 1
    for i in range(d + 1):  # the last row of the factor solves for the targets on the way
        for j in range(min(i + 1, d)):
            rest = sums[i, j] + (penalty if i == j else 0.0)
            for k in range(j):
                rest -= lower[i, k] * lower[j, k]
            lower[i, j] = math.sqrt(rest) if i == j else rest / lower[j, j]
    weights[:d] = lower[d, :d]
    weights[d] = -1.0  # a row's product with the weights is then the error of the prediction
    for i in range(d - 1, -1, -1):
        weights[i] /= lower[i, i]
        for k in range(i):
            weights[k] -= lower[i, k] * weights[i]


@njit(fastmath=True)
def _error(held_out, weights):
    squares = 0.0
    for i in range(held_out.shape[0]):
        off = 0.0
        for j in range(weights.size):
            off += held_out[i, j] * weights[j]
        squares += off * off
    return squares / held_out.shape[0]


@njit(inline="always")
def _fit(train, held_out, penalty, sums, lower, weights):
    np.dot(train.T, train, sums)
    _solve(sums, penalty, lower, weights)
    return _error(held_out, weights)


@njit
def search(table, penalties, first, last, errors):
    """The fits from `first` up to `last`, fold by fold: rows are copied once per fold, sums are made for each fit."""
    n, d = table.shape
    train, held_out = np.empty((n, d)), np.empty((n // FOLDS + 1, d))
    sums, lower, weights = np.empty((d, d)), np.empty((d, d)), np.empty(d)
    fold, rows, apart = -1, 0, 0
    for item in range(first, last):
        if item // penalties.size != fold:
            fold = item // penalties.size
            rows, apart = split(table, fold, train, held_out)
        k = item % penalties.size
        errors[k, fold] = _fit(train[:rows], held_out[:apart], penalties[k], sums, lower, weights)


@njit(parallel=True)
def search_all(table, penalties, workers, errors):
    """All fits on all threads; they cost the same, so each thread gets one stretch of them."""
    for w in prange(workers):
        search(table, penalties, errors.size * w // workers, errors.size * (w + 1) // workers, errors)
