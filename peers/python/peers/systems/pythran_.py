"""Pythran: annotated NumPy code, compiled ahead of time to C++; a maintained successor in spirit to Parakeet."""

import numpy as np

from peers import native
from peers.cells import cell, start

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


@cell("pairwise", "pythran", kernel="native/pythran_kernels.py:distances")
def pairwise(work, compiled):
    return compiled.distances(work.points)


@cell("bubblesort", "pythran", kernel="native/pythran_kernels.py:bubble")
def bubblesort(work, compiled):
    values = work.values.copy()
    return (values, *compiled.bubble(values))


@cell("julia", "pythran", kernel="native/pythran_kernels.py:escape_counts")
def julia(work, compiled):
    return compiled.escape_counts(work.xs, work.ys, work.limit)


@cell("expression", "pythran", cases=["E1"], kernel="native/pythran_kernels.py:comparison")
def comparison(work, compiled):
    return compiled.comparison(*work.arguments.values())


@cell("heat", "pythran", kernel="native/pythran_kernels.py:step")
def heat(work, compiled):
    u, new = work.initial.copy(), np.empty_like(work.initial)
    for _ in range(work.steps):
        compiled.step(u, new, work.RATE)
        u, new = new, u
    return u
