"""SciPy: existing routines in C, C++ or Fortran."""

import numpy as np
from scipy import ndimage
from scipy.linalg import blas, lapack
from scipy.spatial import distance

from peers.cells import cell
from peers.suite.workload import prepared

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


@cell("pairwise", "scipy", load=prepared)
def pairwise(work, _):
    return distance.cdist(work.points, work.points, out=work.out)


@cell("matmul", "scipy", load=prepared, cases=[""])
def matmul(work, _):
    """Calls the BLAS routine directly; it stores by columns, so it gets the transposes, which need no copy."""
    blas.dgemm(1.0, work.b.T, work.a.T, c=work.out.T, overwrite_c=True)
    return work.out


@cell("heat", "scipy", load=prepared)
def heat(work, _):
    """A convolution with periodic boundaries; `laplace` would take two passes for the sums, and then two more."""
    r = work.RATE
    stencil = np.array([[0, r, 0], [r, 1 - 4 * r, r], [0, r, 0]])
    u, (one, two) = work.initial, work.out
    for k in range(work.steps):
        new = two if k % 2 else one
        ndimage.convolve(u, stencil, output=new, mode="wrap")
        u = new
    return u


@cell("gridsearch", "scipy", load=prepared)
def gridsearch(work, _):
    """Normal equations by BLAS, solved by LAPACK's Cholesky, both called directly and in place.

    BLAS stores by columns, so it can read the transpose of the rows without a copy.
    """
    d = work.features
    gram = np.empty((d, d), order="F")
    for fold in range(5):
        train, held_out = work.split(fold)
        x, y = np.compress(train, work.x, axis=0).T, np.compress(train, work.y)
        features, targets = np.compress(held_out, work.x, axis=0).T, np.compress(held_out, work.y)
        for k, penalty in enumerate(work.penalties):
            blas.dgemm(1.0, x, x, trans_b=True, c=gram, overwrite_c=True)
            gram.ravel(order="K")[:: d + 1] += penalty
            _, weights, _ = lapack.dposv(gram, blas.dgemv(1.0, x, y), overwrite_a=True, overwrite_b=True)
            residual = blas.dgemv(-1.0, features, weights, beta=1.0, y=targets, trans=True)
            work.out[k, fold] = blas.ddot(residual, residual) / len(residual)
    return work.out
