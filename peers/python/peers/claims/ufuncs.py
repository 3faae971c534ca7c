"""Claims about which NumPy operations use more than one core, tested by the number of busy cores."""

import os

import numpy as np

from peers.claims import Study, claim
from peers.claims.timing import cores, magic
from peers.suite.workload import Unavailable


def f(x, y):
    return np.cos(x**2 + y**2) / (1 + x**2 + y**2)


@claim("implicit-threads")
def implicit_threads(_, matrices=20, order=1000, side=5000):
    """The operations of the lecture in its order; CPU time over wall time is the load on its system monitor."""
    import numba

    if len(os.sched_getaffinity(0)) < 2:
        raise Unavailable("this process has one core, so nothing can use two; run it on a machine with more")
    x, y = np.meshgrid(*[np.linspace(-3, 3, side)] * 2)

    def published():
        by_eigvals = [cores(lambda: np.linalg.eigvals(np.random.randn(order, order))) for _ in range(matrices)]
        by_ufuncs = [cores(lambda: np.max(f(x, y))) for _ in range(7)]
        vectorized = numba.vectorize(f)
        parallel = numba.vectorize("float64(float64, float64)", target="parallel")(f)
        forms = {"NumPy": f, "Numba ufunc": vectorized, "parallel Numba ufunc": parallel}
        answers = {name: float(np.max(form(x, y))) for name, form in forms.items()}  # compiles them
        assert max(answers.values()) - min(answers.values()) < 1e-12, answers
        took = {name: magic(lambda: np.max(form(x, y))) for name, form in forms.items()}
        return {"cores used by eigvals": by_eigvals, "cores used by the expression": by_ufuncs} | took

    def corrected():
        """A product of matrices, which is BLAS's own work."""
        a = np.random.randn(2 * order, 2 * order)
        return {"cores used by a product": cores(lambda: a @ a), "cores of this machine": len(os.sched_getaffinity(0))}

    return Study(published, corrected, rounds=1)
