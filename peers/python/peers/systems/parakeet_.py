"""Parakeet: NumPy code, compiled to C when it is first called; unmaintained since 2014, it needs a Python 2.7.

*One Python benchmark per day* compared it with Cython and Numba. Here it runs in a separate process, on shared memory,
so the other process costs a run only one line of text in each direction.
"""

import time
from contextlib import contextmanager

import numpy as np

from peers import suite
from peers.cells import cell, start
from peers.python2 import child

PYTHON = 2
LIBRARIES = ["parakeet", "numpy"]

TECHNIQUES = {
    "parakeet": {
        "idea": "a decorator reads the function, infers its types at the first call, and generates and compiles C",
        "gives": "compiled loops and fused array expressions from plain Python 2, without type annotations",
        "costs": "half a second of C compiler for each type of argument, a dead project, a second Python process",
        "cores": "one",
        "isa": "cc -O2: sse2",
    }
}


@start("parakeet")
def kernels(_):
    with child.started() as started:
        yield started


# The arrays that each workload shares: its inputs, then the array for its result.
ARRAYS = {
    "bubblesort": lambda work: (work.values, np.empty_like(work.values)),
    "expression": lambda work: (*work.arguments.values(), np.empty(work.n, np.bool_)),
    "pairwise": lambda work: (work.points, np.empty(work.shape())),
    "julia": lambda work: (work.xs, work.ys, np.array([work.limit]), np.empty((len(work.ys), len(work.xs)), np.int32)),
}


@contextmanager
def shared(work, kernels):
    """The result's array, in shared memory; the function has been compiled by a call on the smallest input.

    The array keeps the last result, so it is overwritten before each sample.
    """
    kernels.share(*ARRAYS[work.NAME](suite.make(work.NAME, work.case, "tiny", work.variant)))
    began = time.perf_counter()
    kernels.ask(work.NAME)
    work.extra_metrics["compile_ms"] = 1e3 * (time.perf_counter() - began)
    *_, out = kernels.share(*ARRAYS[work.NAME](work))
    work.spoil = lambda: out.view(np.uint8).fill(0xA5)
    yield out
    kernels.release()


@cell("bubblesort", "parakeet", load=shared, kernel="python2/kernels.py:bubble")
def bubblesort(out, kernels):
    """The other process makes the fresh copy."""
    comparisons, swaps = kernels.ask("bubblesort")
    return out, comparisons, swaps


@cell("expression", "parakeet", load=shared, cases=["E1"], kernel="python2/kernels.py:expression")
def expression(out, kernels):
    kernels.ask("expression")
    return out


@cell("pairwise", "parakeet", load=shared, kernel="python2/kernels.py:pairwise")
def pairwise(out, kernels):
    kernels.ask("pairwise")
    return out


@cell("julia", "parakeet", load=shared, kernel="python2/kernels.py:escape_counts")
def julia(out, kernels):
    kernels.ask("julia")
    return out
