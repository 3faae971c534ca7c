"""The matrix product: `np.dot` in a compiled function calls BLAS, which is much faster than a plain loop."""

import numpy as np
from numba import njit, prange


@njit
def product(a, b, out):
    np.dot(a, b, out)


@njit(parallel=True)
def product_all(a, b, workers, out):
    """The product on all threads, with a stretch of rows for each."""
    n = a.shape[0]
    for k in prange(workers):
        rows = slice(n * k // workers, n * (k + 1) // workers)
        np.dot(a[rows], b, out[rows])
