"""Cython: Python with C types, compiled ahead of time; loops over typed memoryviews become C loops."""

import numpy as np

from peers import native
from peers.cells import cell, start
from peers.suite.workload import prepared

LIBRARIES = ["cython", "numpy"]

TECHNIQUES = {
    "cython": {
        "idea": "C types and memoryviews, compiled for this CPU ahead of time",
        "gives": "C loops in a file that still reads like Python",
        "costs": "a build step, and types to write",
        "cores": "one",
        "isa": "gcc: this CPU",
    },
    "cython-parallel": {
        "idea": "the same loops with `prange`, which runs them by OpenMP without the GIL",
        "gives": "all cores",
        "costs": "no Python inside the loop",
        "cores": "workers",
        "isa": "gcc: this CPU",
    },
}


@start("cython", "cython-parallel")
def module(workers):
    """The compiled module and the number of workers."""
    yield native.load("cython"), workers


@cell("pairwise", "cython", load=prepared, kernel="native/cython_kernels.pyx:distances")
def pairwise(work, loaded):
    loaded[0].distances(np.ascontiguousarray(work.points.T), work.out)
    return work.out


@cell("pairwise", "cython-parallel", load=prepared, kernel="native/cython_kernels.pyx:distances_all")
def pairwise_all(work, loaded):
    loaded[0].distances_all(np.ascontiguousarray(work.points.T), work.out, loaded[1])
    return work.out


@cell("bubblesort", "cython", load=prepared, kernel="native/cython_kernels.pyx:bubble")
def bubblesort(work, loaded):
    np.copyto(work.out, work.values)
    return (work.out, *loaded[0].bubble(work.out))


@cell("montecarlo", "cython", kernel="native/cython_kernels.pyx:inside")
def montecarlo(work, loaded):
    return loaded[0].inside(work.seed, work.samples)


@cell("montecarlo", "cython-parallel", kernel="native/cython_kernels.pyx:inside_all")
def montecarlo_all(work, loaded):
    return loaded[0].inside_all(work.seed, work.samples, loaded[1])


@cell("julia", "cython", load=prepared, kernel="native/cython_kernels.pyx:escape_counts")
def julia(work, loaded):
    loaded[0].escape_counts(work.xs, work.ys, work.limit, work.out)
    return work.out


@cell("julia", "cython-parallel", load=prepared, kernel="native/cython_kernels.pyx:escape_counts_all")
def julia_all(work, loaded):
    loaded[0].escape_counts_all(work.xs, work.ys, work.limit, work.out, loaded[1])
    return work.out


@cell("expression", "cython", load=prepared, cases=["E1"], kernel="native/cython_kernels.pyx:comparison")
def comparison(work, loaded):
    loaded[0].comparison(*work.arguments.values(), work.out.view(np.uint8))
    return work.out
