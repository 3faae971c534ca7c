"""Threads over compiled code that releases the GIL: NumPy's operations, and functions of Numba.

The GIL keeps threads from running Python in parallel. While NumPy computes on arrays, and while a function compiled
with `nogil=True` runs, the lock is free, so plain threads use all cores, as they do in C.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from peers import blocks, operations
from peers.cells import cell, start
from peers.merging import Sorting
from peers.pieces import parts
from peers.suite.workload import POISON, prepared

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "threads-numpy": {
        "idea": "threads that compute with NumPy, whose operations on arrays run without the GIL",
        "gives": "all cores for array code, without processes or copies",
        "costs": "a wait for the lock between two operations, so arrays must be large and operations few",
        "cores": "workers",
        "isa": "numpy: run-time dispatch",
    },
    "threads-numba": {
        "idea": "threads that call a function compiled with `nogil=True`, which runs without the GIL",
        "gives": "all cores for loops, with any pool of threads, and no `prange` to learn",
        "costs": "half a second of compilation at every start; the calls are handed out by Python",
        "cores": "workers",
        "isa": "numba: this CPU",
    },
}

ROWS = 16  # of the Julia set, which a thread takes at a time: rows differ in cost
POINTS = 1 << 15  # of the Julia set at least, if each operation is a call of NumPy


@start("threads-numpy", "threads-numba")
def pool(workers):
    with ThreadPoolExecutor(workers) as executor:
        list(executor.map(bool, range(workers)))  # the first calls start the threads
        yield executor, workers


def compiled(work, resource):
    """Runs once on the smallest input, so everything is compiled before the clock starts."""
    from peers import suite

    smallest = suite.make(work.NAME, work.case, "tiny", work.variant).prepare()
    began = time.perf_counter()
    work.run(smallest, resource)
    work.extra_metrics["compile_ms"] = 1e3 * (time.perf_counter() - began)
    return work.prepare()


def escape(work, pool, escape_rows, rows):
    """All rows of the Julia set; each free thread takes the next `rows` of them."""
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


def both(work, started):
    """Two arrays that take turns."""
    arrays = np.empty((2, work.n), np.uint64)
    work.spoil = lambda: arrays.view(np.uint8).fill(POISON)
    return Sorting(work, arrays, started[1])


@cell("sort", "threads-numba", load=both, kernel="merging.py:merge")
def sort(sorting, started):
    """Each thread sorts a part by NumPy; all threads merge the runs, with a compiled function."""
    pool, _ = started
    for number in range(sorting.steps):
        list(pool.map(lambda worker: sorting.step(number, worker), range(len(sorting.bounds))))
    return sorting.result


@cell("sort", "threads-numpy", load=prepared, cases=["random", "nearly"])
def sort_numpy(work, started):
    """Partitions the keys into parts by value; then each thread sorts a part. NumPy cannot merge."""
    pool, workers = started
    bounds = parts(work.n, workers)
    np.copyto(work.out, work.keys)
    work.out.partition([first for first, _ in bounds[1:]])
    list(pool.map(lambda part: work.out[slice(*part)].sort(), bounds))
    return work.out


def counted_table(work, started):
    """A table of seqlocks, and the compiled code, after a first run on the smallest input."""
    from peers import suite
    from peers.numba_kernels import guarding

    work.table = guarding.table(work)
    smallest = suite.make(work.NAME, work.case, "tiny", work.variant)
    guarding.consult(*guarding.numbers(smallest), 0, smallest.n, guarding.table(smallest))
    return work


@cell("lookup", "threads-numba", load=counted_table, kernel="numba_kernels/guarding.py:consult")
def lookup(work, started):
    """Readers write nothing: a count next to each entry shows whether it is being changed."""
    from peers.numba_kernels import guarding

    pool, workers = started
    guarding.reset(work.table)
    shares = parts(work.n, workers)
    told = list(pool.map(lambda part: guarding.consult(*guarding.numbers(work), *part, work.table), shares))
    return operations.result(guarding.pairs(work.table), told)


def array_of_bytes(work, resource):
    """The text as an array, after a run on the smallest text, which compiles the code."""
    from peers import suite

    smallest = suite.make(work.NAME, work.case, "tiny", work.variant)
    for each in (smallest, work):
        each.bytes = np.frombuffer(each.text, np.uint8)
    wordcount(smallest, resource)
    return work


@cell("wordcount", "threads-numba", load=array_of_bytes, kernel="numba_kernels/texts.py:counted")
def wordcount(work, started):
    """A table for each thread, merged into one at the end."""
    from peers.numba_kernels import texts

    pool, workers = started
    tables = list(pool.map(lambda part: texts.counted(work.bytes, *part), parts(len(work.bytes), workers)))
    return texts.dictionary(work.text, texts.together(work.bytes, np.concatenate(tables)))
