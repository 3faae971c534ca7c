"""Pythran: annotated NumPy code, compiled ahead of time to C++; similar to Parakeet, but maintained."""

import numpy as np

from peers import native
from peers.cells import cell, start
from peers.suite.workload import prepared

LIBRARIES = ["pythran", "numpy"]

TECHNIQUES = {
    "pythran": {
        "idea": "a comment states the argument types; the rest is inferred and compiled to C++ templates",
        "gives": "the code stays plain Python, and array expressions are fused",
        "costs": "a minute of C++ compiler, and a subset of NumPy",
        "cores": "one",
        "isa": "gcc: this CPU",
    }
}


@start("pythran")
def module(_):
    yield native.load("pythran")


@cell("pairwise", "pythran", load=prepared, kernel="native/pythran_kernels.py:distances")
def pairwise(work, compiled):
    compiled.distances(np.ascontiguousarray(work.points.T), work.out)
    return work.out


@cell("bubblesort", "pythran", load=prepared, kernel="native/pythran_kernels.py:bubble")
def bubblesort(work, compiled):
    np.copyto(work.out, work.values)
    return (work.out, *compiled.bubble(work.out))


@cell("julia", "pythran", load=prepared, kernel="native/pythran_kernels.py:escape_counts")
def julia(work, compiled):
    compiled.escape_counts(work.xs, work.ys, work.limit, work.out)
    return work.out


@cell("expression", "pythran", load=prepared, cases=["E1"], kernel="native/pythran_kernels.py:comparison")
def comparison(work, compiled):
    compiled.comparison(*work.arguments.values(), work.out)
    return work.out


@cell("heat", "pythran", load=prepared, kernel="native/pythran_kernels.py:heat")
def heat(work, compiled):
    np.copyto(work.out[0], work.initial)
    compiled.heat(work.out[0], work.out[1], work.steps, work.RATE)
    return work.out[work.steps % 2]
