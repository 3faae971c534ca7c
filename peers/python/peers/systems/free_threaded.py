"""CPython without the GIL: threads that run Python in parallel.

The code is pure Python, as for `threading`, in a separate process of that CPython that shares memory with ours.
"""

from contextlib import contextmanager

import numpy as np

from peers import interpreters
from peers.cells import cell, start
from peers.suite.wordcount import LONGEST
from peers.suite.workload import POISON

PYTHON = "free-threaded"
LIBRARIES = ["python"]

TECHNIQUES = {
    "free-threaded": {
        "idea": "a CPython that was built without the lock, so threads of a pool run Python in parallel",
        "gives": "all cores for pure Python, in one process that shares every object",
        "costs": "a few percent on one thread, locks for what threads share, and libraries that must support it",
        "cores": "workers",
    },
}


@start("free-threaded")
def threads(workers):
    with interpreters.started("free-threaded", "pools", "threads", workers) as child:
        yield child


# The arrays that each workload shares with the process (a result is the last one), and the arguments of its function.
GIVEN = {
    "julia": lambda work: ([work.xs, work.ys, np.empty((len(work.ys), len(work.xs)), np.int32)], [work.limit]),
    "montecarlo": lambda work: ([], [work.seed, work.samples]),
    "histogram": lambda work: ([np.empty(work.bins, np.int64)], [work.seed, work.n, work.skewed]),
}


@contextmanager
def shared(work, child):
    """A call of the function, which returns the result; an array is in shared memory.

    The array keeps the last result, so it is overwritten before each sample.
    """
    arrays, arguments = GIVEN[work.NAME](work)
    out = child.share(*arrays)[-1] if arrays else None
    if out is not None:
        work.spoil = lambda: out.view(np.uint8).fill(POISON)

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


@contextmanager
def shared_text(work, child):
    """A call that counts the words of a text in shared memory, and returns the table."""
    room = np.empty(work.distinct * (LONGEST + 1), np.uint8)
    _, words, counts = child.share(np.frombuffer(work.text, np.uint8), room, np.empty(work.distinct, np.int64))

    def call():
        size, count = child.ask(["wordcount"])
        return dict(zip(words[:size].tobytes().split(), counts[:count].tolist()))

    yield call
    child.release()


@cell("wordcount", "free-threaded", load=shared_text, kernel="interpreters/pools.py:counted")
def wordcount(call, _):
    return call()


@contextmanager
def shared_table(work, child):
    """A call that operates on a table, and writes it to shared memory at the end."""
    (table,) = child.share(np.empty((work.entries, 2), np.uint64))
    work.spoil = lambda: table.view(np.uint8).fill(POISON)
    yield lambda: (table, *child.ask(["lookup", work.seed, work.changes, work.n]))
    child.release()


@cell("lookup", "free-threaded", load=shared_table, slow={"large": "minutes"}, kernel="interpreters/pools.py:operate")
def lookup(call, _):
    return call()
