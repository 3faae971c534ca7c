"""Threads over compiled code that releases the interpreter's lock: NumPy's operations, and functions of Numba.

The lock keeps threads from running Python at once. While NumPy computes on arrays, and while a function compiled with
`nogil=True` runs, the lock is free, so plain threads use all cores, as they do in C.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from peers import blocks
from peers.cells import cell, start
from peers.pieces import parts
from peers.suite.workload import prepared

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "threads-numpy": {
        "idea": "threads that compute with NumPy, whose operations on arrays run without the interpreter's lock",
        "gives": "all cores for array code, without processes or copies",
        "costs": "a wait for the lock between two operations, so arrays must be large and operations few",
        "cores": "workers",
        "isa": "numpy: run-time dispatch",
    },
    "threads-numba": {
        "idea": "threads that call a function compiled with `nogil=True`, which runs without the interpreter's lock",
        "gives": "all cores for loops, with any pool of threads, and no `prange` to learn",
        "costs": "half a second of compilation at every start; the calls are handed out by Python",
        "cores": "workers",
        "isa": "numba: this CPU",
    },
}

ROWS = 16  # of the Julia set, which a thread takes at a time: rows differ in cost
POINTS = 1 << 15  # of the Julia set at least, where each operation is a call of NumPy


@start("threads-numpy", "threads-numba")
def pool(workers):
    with ThreadPoolExecutor(workers) as executor:
        list(executor.map(bool, range(workers)))  # the first calls start the threads
        yield executor, workers


def compiled(work, resource):
    """Runs on the smallest input, so everything is compiled before the clock starts."""
    from peers import suite

    smallest = suite.make(work.NAME, work.case, "tiny", work.variant).prepare()
    began = time.perf_counter()
    work.run(smallest, resource)
    work.extra_metrics["compile_ms"] = 1e3 * (time.perf_counter() - began)
    return work.prepare()


def escape(work, pool, escape_rows, rows):
    """All rows of the Julia set, some of them at a time, taken by whichever thread is free."""
    firsts = range(0, len(work.ys), rows)
    calls = [
        pool.submit(escape_rows, work.xs, work.ys, work.limit, first, min(first + rows, len(work.ys)), work.out)
        for first in firsts
    ]
    for call in calls:
        call.result()
    return work.out


@cell("julia", "threads-numpy", load=prepared)
def julia_numpy(work, started):
    return escape(work, started[0], blocks.escape_rows, max(1, POINTS // len(work.xs)))


@cell("julia", "threads-numba", load=compiled, kernel="numba_kernels/lanes.py:escape_rows")
def julia_numba(work, started):
    from peers.numba_kernels.lanes import escape_rows

    return escape(work, started[0], escape_rows, ROWS)


@cell("montecarlo", "threads-numpy")
def montecarlo_numpy(work, started):
    pool, workers = started
    return sum(pool.map(lambda part: blocks.inside(work.seed, *part), parts(work.samples, workers)))


@cell("montecarlo", "threads-numba", load=compiled, kernel="numba_kernels/counting.py:inside")
def montecarlo_numba(work, started):
    from peers.numba_kernels.counting import inside

    pool, workers = started
    seed = np.uint64(work.seed)
    return sum(pool.map(lambda part: inside(seed, *part), parts(work.samples, workers)))
