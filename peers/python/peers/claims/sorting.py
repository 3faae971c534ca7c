"""Bubble sort in five systems, timed in place again and again, and then on a fresh copy each time."""

import numpy as np

from peers import python2
from peers.claims import Study, claim, compiled
from peers.claims.timing import best, repeats
from peers.python2 import child


def bubble(values):
    """The published sort, with a flag that ends it once nothing was swapped."""
    swapped = True
    for i in range(len(values)):
        if not swapped:
            break
        swapped = False
        for k in range(len(values) - i - 1):
            if values[k] > values[k + 1]:
                values[k], values[k + 1] = values[k + 1], values[k]
                swapped = True


def ways(stack):
    """For each system a function that makes its array, and one that sorts it in place."""
    import numba

    compiled_by_numba = numba.njit(bubble)
    compiled_by_numba(np.arange(4))
    found = {
        "NumPy loop": (np.array, bubble),
        "list": (np.ndarray.tolist, bubble),
        "Numba": (np.array, compiled_by_numba),
        "Cython": (np.array, compiled.cython().bubble_sort),
    }
    if python2.absent() is None:
        kernels = stack.enter_context(child.started())
        kernels.share(np.arange(8))
        kernels.ask("bubble")  # compiles it
        found["Parakeet"] = (lambda values: kernels.share(values)[0], lambda _: kernels.ask("bubble"))
    return found


@claim("bubblesort")
def bubblesort(stack, n=100_000, fresh=2_000):
    systems, draw = ways(stack), np.random.default_rng(1)

    def published():
        """The minimum of the repeats after the first: that one alone sorts, and the published minimum drops it."""
        values, took = np.sort(draw.integers(0, n, n)), {}
        for name, (make, sort) in systems.items():
            own = make(values)
            took[name] = best(lambda: sort(own), 2, 10)
        return took

    def corrected():
        values, took = draw.integers(0, fresh, fresh), {}
        for name, (make, sort) in systems.items():
            copy = make(values)
            took[name] = repeats(lambda: sort(copy), 1)[0]
            assert np.array_equal(copy, np.sort(values)), name
        return took

    return Study(published, corrected, lambda: faults(draw.integers(0, fresh, fresh)))


def faults(values):
    """What the second call still has to do, and whether the published check takes a sort that does nothing."""
    sort, copy = compiled.cython().bubble_sort, values.copy()
    swaps = [sort(copy) for _ in range(2)]
    if swaps[1] == 0 < swaps[0]:
        yield f"all calls but the first scan sorted data ({swaps[0]} swaps in the first, none in the second)"
    if np.sort(values).all() == values.all():
        yield "the check `a.all() == b.all()` accepts what is not sorted"
