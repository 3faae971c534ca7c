"""CPython without the GIL: threads that run Python at once.

The code is pure Python, as `threading` runs it, in a process of that CPython with memory that it shares with ours.
"""

from contextlib import contextmanager

import numpy as np

from peers import interpreters
from peers.cells import cell, start

PYTHON = "free-threaded"
LIBRARIES = ["python"]

TECHNIQUES = {
    "free-threaded": {
        "idea": "a CPython that was built without the lock, so threads of a pool run Python at once",
        "gives": "all cores for pure Python, in one process that shares every object",
        "costs": "a few percent on one thread, locks for what threads share, and libraries that must support it",
        "cores": "workers",
    },
}


@start("free-threaded")
def threads(workers):
    with interpreters.started("free-threaded", "pools", "threads", workers) as child:
        yield child


# What each workload shares with the process, then the arguments of its function; a result in an array is the last one.
GIVEN = {
    "julia": lambda work: ([work.xs, work.ys, np.empty((len(work.ys), len(work.xs)), np.int32)], [work.limit]),
    "montecarlo": lambda work: ([], [work.seed, work.samples]),
    "histogram": lambda work: ([np.empty(work.bins, np.int64)], [work.seed, work.n, work.skewed]),
}


@contextmanager
def shared(work, child):
    """A call of the function; it returns the result, which is in shared memory if it is an array.

    The array keeps the last result, so it is overwritten before each sample.
    """
    arrays, arguments = GIVEN[work.NAME](work)
    out = child.share(*arrays)[-1] if arrays else None
    if out is not None:
        work.spoil = lambda: out.view(np.uint8).fill(0xA5)

    def call():
        result = child.ask([work.NAME, *arguments])
        return result if out is None else out

    yield call
    child.release()


@cell("julia", "free-threaded", load=shared, kernel="interpreters/pools.py:rows")
def julia(call, _):
    return call()


@cell("montecarlo", "free-threaded", load=shared, slow={"medium": "minutes"}, kernel="interpreters/pools.py:hits")
def montecarlo(call, _):
    return call()


@cell("histogram", "free-threaded", load=shared, slow={"medium": "a minute"}, kernel="interpreters/pools.py:table")
def histogram(call, _):
    return call()
