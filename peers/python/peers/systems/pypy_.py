"""PyPy: another Python, whose just-in-time compiler compiles the loops that run often.

It runs in a separate process, on shared memory, so the other process costs a run only one line of text in each
direction. Its code is plain Python, and uses none of the libraries that are written in C for CPython.
"""

from contextlib import contextmanager

import numpy as np

from peers import interpreters, suite
from peers.cells import cell, start
from peers.systems.free_threaded import shared_text

PYTHON = "pypy"
LIBRARIES = ["python"]

TECHNIQUES = {
    "pypy": {
        "idea": "an interpreter that counts which loops run often, and compiles them for the types that it saw",
        "gives": "compiled loops and lists of machine words, from plain Python and without annotations",
        "costs": "an interpreted start, and libraries in C, such as NumPy, that are slow on it or missing",
        "cores": "one",
        "isa": "pypy: x86-64",
    },
}


@start("pypy")
def kernels(_):
    with interpreters.started("pypy", "pypy") as child:
        yield child


def signed(words):
    """Words of 64 bits as signed numbers."""
    return np.array(words, np.uint64).view(np.int64)


SIGN = np.uint64(1 << 63)  # with this bit flipped, words as signed numbers are in the order of the words

# The arrays that each workload shares with the process (a result is the last one), and the arguments of its function.
GIVEN = {
    "bubblesort": lambda work: ([work.values, np.empty_like(work.values)], []),
    "julia": lambda work: ([work.xs, work.ys, np.empty((len(work.ys), len(work.xs)), np.int32)], [work.limit]),
    "montecarlo": lambda work: ([], [work.seed, work.samples]),
    "histogram": lambda work: ([np.empty(work.bins, np.int64)], [work.seed, work.n, work.skewed]),
    "taskgraph": lambda work: ([np.empty(work.width, np.int64)], []),
    "sort": lambda work: ([(work.keys ^ SIGN).view(np.int64), np.empty(work.n, np.int64)], []),
    "lookup": lambda work: ([np.empty((work.entries, 2), np.int64)], [work.seed, work.changes, work.n]),
}


@contextmanager
def shared(work, child):
    """The result's array, if any, and a call of the function, after a first run on the smallest input.

    The array keeps the last result, so it is overwritten before each sample.
    """
    with given(suite.make(work.NAME, work.case, "tiny", work.variant), child) as (_, call):
        call()
    with given(work, child) as (out, call):
        yield out, call


@contextmanager
def given(work, child):
    arrays, arguments = GIVEN[work.NAME](work)
    if work.NAME == "taskgraph":
        child.ask(["remember_graph", [signed(row).tolist() for row in work.own], work.needs, work.turns])
    copies = child.share(*arrays) if arrays else [None]
    if copies[-1] is not None:
        work.spoil = lambda: copies[-1].view(np.uint8).fill(0xA5)
    yield copies[-1], lambda: child.ask([work.NAME, *arguments])
    child.release()


@cell("bubblesort", "pypy", load=shared, kernel="interpreters/pypy.py:bubblesort")
def bubblesort(loaded, _):
    """The other process makes the fresh copy."""
    out, call = loaded
    comparisons, swaps = call()
    return out, comparisons, swaps


@cell("julia", "pypy", load=shared, kernel="interpreters/pypy.py:julia")
def julia(loaded, _):
    out, call = loaded
    call()
    return out


@cell("montecarlo", "pypy", load=shared, kernel="interpreters/pypy.py:montecarlo")
def montecarlo(loaded, _):
    return loaded[1]()


@cell("histogram", "pypy", load=shared, kernel="interpreters/pypy.py:histogram")
def histogram(loaded, _):
    out, call = loaded
    call()
    return out


def tree(work, child):
    """The input, and a call of the function for the branches of its root."""
    return work, lambda: child.ask(["treesearch", signed(work.branches()).tolist(), work.odds, work.CHILDREN])


@cell("treesearch", "pypy", load=tree, kernel="interpreters/pypy.py:treesearch")
def treesearch(loaded, _):
    work, call = loaded
    return work.with_root([call()])


@cell("taskgraph", "pypy", load=shared, kernel="interpreters/pypy.py:taskgraph")
def taskgraph(loaded, _):
    out, call = loaded
    call()
    return out.view(np.uint64)


@cell("sort", "pypy", load=shared, cases=["random", "nearly"], algorithm="stable", kernel="interpreters/pypy.py:sort")
def sort(loaded, _):
    out, call = loaded
    call()
    words = out.view(np.uint64)
    words ^= SIGN
    return words


@cell("lookup", "pypy", load=shared, kernel="interpreters/pypy.py:lookup")
def lookup(loaded, _):
    table, call = loaded
    told = call()
    return table.view(np.uint64), *told


@cell("wordcount", "pypy", load=shared_text, kernel="interpreters/pypy.py:wordcount")
def wordcount(call, _):
    return call()
