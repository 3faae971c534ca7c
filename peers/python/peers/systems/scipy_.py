"""SciPy: existing routines in C, C++ or Fortran."""

import numpy as np
from scipy import linalg, ndimage
from scipy.spatial import distance

from peers.cells import cell

LIBRARIES = ["scipy", "numpy"]

TECHNIQUES = {
    "scipy": {
        "idea": "one call of an existing routine for the whole problem",
        "gives": "one line, and decades of testing",
        "costs": "only problems for which a routine exists",
        "cores": "one",
        "isa": "scipy: as built",
    }
}


@cell("pairwise", "scipy")
def pairwise(work, _):
    return distance.cdist(work.points, work.points)


@cell("matmul", "scipy")
def matmul(work, _):
    """The BLAS routine, called directly."""
    return linalg.blas.dgemm(1.0, work.a, work.b)


@cell("heat", "scipy")
def heat(work, _):
    """A convolution with periodic boundaries."""
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
            residual = work.y[held_out] - work.x[held_out] @ weights
            errors[k, fold] = residual @ residual / len(residual)
    return errors
