"""Claims about bubble sort in five systems: timed repeatedly in place, then on a new copy each time."""

import numpy as np

from peers import python2
from peers.claims import Study, claim, compiled
from peers.claims.timing import best, repeats
from peers.python2 import child


def bubble(values):
    """The published sort: after a pass without a swap, each further pass only tests the flag."""
    count, swapped = len(values), True
    for i in range(count):
        if swapped:
            swapped = False
            for k in range(count - i - 1):
                if values[k] > values[k + 1]:
                    held = values[k + 1]
                    values[k + 1] = values[k]
                    values[k] = held
                    swapped = True
    return values


def ways(stack):
    """For each system, a function that makes its array, and one that sorts it in place."""
    import numba

    compiled_by_numba = numba.jit(bubble)
    compiled_by_numba(np.arange(4))
    found = {
        "NumPy loop": (np.array, bubble),
        "list": (np.ndarray.tolist, bubble),
        "Numba": (np.array, compiled_by_numba),
        "Cython": (np.array, compiled.cython().bubble_sort),
    }
    if python2.absent() is None:
        kernels = stack.enter_context(child.started(backend=None))
        kernels.share(np.arange(8))
        kernels.ask("bubble_published")  # compiles it
        found["Parakeet"] = (lambda values: kernels.share(values)[0], lambda _: kernels.ask("bubble_published"))
    return found


@claim("bubblesort")
def bubblesort(stack, n=100_000, fresh=2_000):
    systems, draw = ways(stack), np.random.default_rng(1)

    def published():
        """Times sorted data from the start: in the source only one call sorts, and the least of three drops it."""
        values, took = np.sort(draw.integers(0, n, n)), {}
        for name, (make, sort) in systems.items():
            own = make(values)
            took[name] = best(lambda: sort(own), 3, 10)
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
    """Finds whether a second call has work left, and whether the published check accepts a sort that does nothing."""
    copy = values.copy()
    compiled.cython().bubble_sort(copy)
    if is_sorted(copy) and not is_sorted(values):
        yield "all calls but the first scan sorted data"
    if np.sort(values).all() == values.all():
        yield "the check `a.all() == b.all()` accepts what is not sorted"


def is_sorted(values):
    return bool((values[:-1] <= values[1:]).all())
