"""mypyc: modules in plain Python with annotated types, compiled to C ahead of time by the type checker mypy."""

import numpy as np

from peers import native
from peers.cells import cell, start
from peers.suite.random import MASK

LIBRARIES = ["mypy", "librt", "numpy"]

TECHNIQUES = {
    "mypyc": {
        "idea": "plain Python with checked type annotations, compiled to C",
        "gives": "code that runs unchanged without a compiler; machine words and arrays of them by its own types",
        "costs": "a build step, annotations everywhere, and loops that check bounds and are not vectorised",
        "cores": "one",
        "isa": "cc: this CPU",
    },
}


@start("mypyc")
def kernels(_):
    yield native.load("mypyc")


def signed(word):
    """A word of 64 bits as a signed number, since mypyc has no unsigned words."""
    return word - (word >> 63 << 64)


def words(work, kernels):
    return kernels.words(work.values.tolist())


@cell("bubblesort", "mypyc", load=words, kernel="native/mypyc_kernels.py:bubble")
def bubblesort(values, kernels):
    values, comparisons, swaps = kernels.bubble(values)
    return np.frombuffer(values, np.int64), comparisons, swaps


def coordinates(work, _):
    return work.xs.tolist(), work.ys.tolist(), work.limit


@cell("julia", "mypyc", load=coordinates, kernel="native/mypyc_kernels.py:escape_counts")
def julia(plane, kernels):
    xs, ys, _ = plane
    return np.frombuffer(kernels.escape_counts(*plane), np.int32).reshape(len(ys), len(xs))


@cell("montecarlo", "mypyc", kernel="native/mypyc_kernels.py:inside")
def montecarlo(work, kernels):
    return kernels.inside(work.seed, work.samples)


@cell("histogram", "mypyc", kernel="native/mypyc_kernels.py:count")
def histogram(work, kernels):
    return np.frombuffer(kernels.count(work.seed, work.n, work.bins, work.skewed), np.int64)


@cell("treesearch", "mypyc", kernel="native/mypyc_kernels.py:walk")
def treesearch(work, kernels):
    return work.with_root([kernels.walk(list(map(signed, work.branches())), work.odds, work.CHILDREN)])


def tasks(work, _):
    return [list(map(signed, row)) for row in work.own], work.needs, work.turns


@cell("taskgraph", "mypyc", load=tasks, kernel="native/mypyc_kernels.py:graph")
def taskgraph(tasks, kernels):
    return [word & MASK for word in memoryview(kernels.graph(*tasks)).tolist()]
