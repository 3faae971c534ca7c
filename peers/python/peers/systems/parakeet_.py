"""Parakeet: NumPy code, compiled to C as it is first called; gone since 2014, it lives on in a Python 2.7 beside ours.

It was what *One Python benchmark per day* held against Cython and Numba. Here it runs in a process of its own, on
memory that both see, so all that a run pays for the distance is a line there and a line back.
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
        "idea": "a decorator reads the function, infers its types at the first call and has C compiled",
        "gives": "compiled loops and fused array expressions from plain Python 2, without a word about types",
        "costs": "half a second of C compiler for each kind of argument, a dead project, a second Python to talk to",
        "cores": "one",
        "isa": "cc -O2: sse2",
    }
}


@start("parakeet")
def kernels(_):
    with child.started() as started:
        yield started


# What each workload hands over: its inputs, and last the place of its result.
ARRAYS = {
    "bubblesort": lambda work: (work.values, np.empty_like(work.values)),
    "expression": lambda work: (*work.arguments.values(), np.empty(work.n, np.bool_)),
    "pairwise": lambda work: (work.points, np.empty(work.shape())),
    "julia": lambda work: (work.xs, work.ys, np.array([work.limit]), np.empty((len(work.ys), len(work.xs)), np.int32)),
}


@contextmanager
def handed(work, kernels):
    """The result's place, in memory that the other process sees, and the function compiled on the smallest input.

    As the place is there from the start, it must be spoiled before each sample.
    """
    kernels.share(*ARRAYS[work.NAME](suite.make(work.NAME, work.case, "tiny", work.variant)))
    began = time.perf_counter()
    kernels.ask(work.NAME)
    work.extra_metrics["compile_ms"] = 1e3 * (time.perf_counter() - began)
    *_, out = kernels.share(*ARRAYS[work.NAME](work))
    work.spoil = lambda: out.view(np.uint8).fill(0xA5)
    yield out
    kernels.forget()


@cell("bubblesort", "parakeet", load=handed, kernel="python2/kernels.py:bubble")
def bubblesort(out, kernels):
    """The fresh copy is made there."""
    comparisons, swaps = kernels.ask("bubblesort")
    return out, comparisons, swaps


@cell("expression", "parakeet", load=handed, cases=["E1"], kernel="python2/kernels.py:expression")
def expression(out, kernels):
    kernels.ask("expression")
    return out


@cell("pairwise", "parakeet", load=handed, kernel="python2/kernels.py:pairwise")
def pairwise(out, kernels):
    kernels.ask("pairwise")
    return out


@cell("julia", "parakeet", load=handed, kernel="python2/kernels.py:plane")
def julia(out, kernels):
    kernels.ask("julia")
    return out
