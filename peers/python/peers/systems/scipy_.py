"""SciPy: the routine that somebody has written already, in C, C++ or Fortran."""

import numpy as np
from scipy import linalg, ndimage
from scipy.spatial import distance

from peers.cells import cell

LIBRARIES = ["scipy", "numpy"]

TECHNIQUES = {
    "scipy": {
        "idea": "call the routine that exists for the whole problem",
        "gives": "one line, and decades of care",
        "costs": "only problems that somebody had before",
        "cores": "one",
        "isa": "scipy: as built",
    }
}


@cell("pairwise", "scipy")
def pairwise(work, _):
    return distance.cdist(work.points, work.points)


@cell("matmul", "scipy")
def matmul(work, _):
    """BLAS by its own name."""
    return linalg.blas.dgemm(1.0, work.a, work.b)


@cell("heat", "scipy")
def heat(work, _):
    """A convolution that wraps around."""
    r = work.RATE
    stencil = np.array([[0, r, 0], [r, 1 - 4 * r, r], [0, r, 0]])
    u, new = work.initial, np.empty_like(work.initial)
    for _ in range(work.steps):
        ndimage.convolve(u, stencil, output=new, mode="wrap")
        u, new = new, np.empty_like(u) if u is work.initial else u
    return u


@cell("gridsearch", "scipy")
def gridsearch(work, _):
    """Normal equations and Cholesky from LAPACK."""
    errors = np.empty((work.count, 5))
    for k, penalty in enumerate(work.penalties):
        for fold in range(5):
            train, held_out = work.split(fold)
            x, y = work.x[train], work.y[train]
            gram = x.T @ x
            gram.flat[:: work.features + 1] += penalty
            weights = linalg.solve(gram, x.T @ y, assume_a="pos")
            miss = work.y[held_out] - work.x[held_out] @ weights
            errors[k, fold] = miss @ miss / len(miss)
    return errors
