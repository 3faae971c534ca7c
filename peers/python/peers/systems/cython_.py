"""Cython: Python with C types, compiled ahead of time; loops over typed memoryviews are C loops."""

from peers import native
from peers.cells import cell, start

LIBRARIES = ["cython", "numpy"]

TECHNIQUES = {
    "cython": {
        "idea": "C types and memoryviews, compiled for this CPU ahead of time",
        "gives": "C loops in a file that still looks like Python",
        "costs": "a build step, and types written by hand",
        "cores": "one",
        "isa": "gcc: this CPU",
    },
    "cython-parallel": {
        "idea": "the same loops with `prange`, by OpenMP, without the GIL",
        "gives": "all cores",
        "costs": "no Python inside the loop",
        "cores": "workers",
        "isa": "gcc: this CPU",
    },
}


@start("cython", "cython-parallel")
def module(workers):
    """The compiled module stands beside the number of workers."""
    yield native.load("cython"), workers


@cell("pairwise", "cython", kernel="native/cython_kernels.pyx:distances")
def pairwise(work, started):
    return started[0].distances(work.points)


@cell("pairwise", "cython-parallel", kernel="native/cython_kernels.pyx:distances_all")
def pairwise_all(work, started):
    return started[0].distances_all(work.points, started[1])


@cell("bubblesort", "cython", kernel="native/cython_kernels.pyx:bubble")
def bubblesort(work, started):
    values = work.values.copy()
    return (values, *started[0].bubble(values))


@cell("montecarlo", "cython", kernel="native/cython_kernels.pyx:inside")
def montecarlo(work, started):
    return started[0].inside(work.seed, work.samples)


@cell("montecarlo", "cython-parallel", kernel="native/cython_kernels.pyx:inside_all")
def montecarlo_all(work, started):
    return started[0].inside_all(work.seed, work.samples, started[1])


@cell("julia", "cython", kernel="native/cython_kernels.pyx:plane")
def julia(work, started):
    return started[0].plane(work.xs, work.ys, work.limit)


@cell("julia", "cython-parallel", kernel="native/cython_kernels.pyx:plane_all")
def julia_all(work, started):
    return started[0].plane_all(work.xs, work.ys, work.limit, started[1])


@cell("expression", "cython", cases=["E1"], kernel="native/cython_kernels.pyx:comparison")
def comparison(work, started):
    return started[0].comparison(*work.arguments.values())
