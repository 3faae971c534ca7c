"""Numba: plain loops, compiled for this CPU when they are first called.

Compilation is timed separately from runs, as `compile_ms`. `numba-parallel` is the same code with `prange`. The kernels
are in `peers/numba_kernels`; each writes into arrays that are allocated before the clock starts.
"""

import time

import numba
import numpy as np

from peers import operations
from peers.cells import cell
from peers.numba_kernels import counting, guarding, lanes, products, ridge, sorting, sweeps, texts, tree
from peers.pieces import parts
from peers.suite.workload import POISON

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "numba-njit": {
        "idea": "a decorator compiles the plain loop with LLVM for this CPU",
        "gives": "the speed of C in Python code, without a build step",
        "costs": "about a second of compilation at every start, and a subset of Python",
        "cores": "one",
        "isa": "numba: this CPU",
    },
    "numba-parallel": {
        "idea": "the same loops with `prange`, which spreads iterations over threads without the GIL",
        "gives": "all cores, for one changed word",
        "costs": "seconds of compilation, and a static split of uneven work",
        "cores": "workers",
        "isa": "numba: this CPU",
        "environment": {"OPENBLAS_NUM_THREADS": "1"},  # BLAS is called in each of Numba's threads
    },
}

ROWS = 4  # of the Julia set, which a thread takes at a time


def compiled(scratch=lambda work, workers: ()):
    """A `load` that runs on the smallest input of this kind, so everything is compiled before the clock starts.

    `scratch` allocates the memory that a kernel needs in addition to its result.
    """

    def load(work, workers):
        from peers import suite

        smallest = suite.make(work.NAME, work.case, "tiny", work.variant)
        for each in (smallest, work):
            each.prepare().scratch = scratch(each, workers)
        began = time.perf_counter()
        work.run(smallest, workers)
        work.extra_metrics["compile_ms"] = 1e3 * (time.perf_counter() - began)
        return work

    return load


@cell("stream", "numba-njit", load=compiled(), kernel="numba_kernels/sweeps.py:triad")
def stream(work, _):
    sweeps.triad(work.a, work.b, work.c, work.steps)
    return work.a


@cell("stream", "numba-parallel", load=compiled(), kernel="numba_kernels/sweeps.py:triad_all")
def stream_all(work, _):
    sweeps.triad_all(work.a, work.b, work.c, work.steps)
    return work.a


@cell("matmul", "numba-njit", load=compiled(), cases=[""], kernel="numba_kernels/products.py:product")
def matmul(work, _):
    products.product(work.a, work.b, work.out)
    return work.out


@cell("matmul", "numba-parallel", load=compiled(), cases=[""], kernel="numba_kernels/products.py:product_all")
def matmul_all(work, workers):
    products.product_all(work.a, work.b, workers, work.out)
    return work.out


@cell("pairwise", "numba-njit", load=compiled(), kernel="numba_kernels/sweeps.py:distances")
def pairwise(work, _):
    sweeps.distances(work.points, work.out)
    return work.out


@cell("pairwise", "numba-parallel", load=compiled(), kernel="numba_kernels/sweeps.py:distances_all")
def pairwise_all(work, _):
    sweeps.distances_all(work.points, work.out)
    return work.out


@cell("expression", "numba-parallel", load=compiled(), cases=["E1"], kernel="numba_kernels/sweeps.py:comparison_all")
def comparison_all(work, _):
    sweeps.comparison_all(*work.arguments.values(), work.out)
    return work.out


@cell("julia", "numba-njit", load=compiled(), kernel="numba_kernels/lanes.py:escape_rows")
def julia(work, _):
    lanes.escape_rows(work.xs, work.ys, work.limit, 0, len(work.ys), work.out)
    return work.out


@cell("julia", "numba-parallel", load=compiled(), kernel="numba_kernels/lanes.py:escape_all")
def julia_all(work, _):
    """Rows differ a hundredfold in cost, so they are scheduled in small chunks."""
    with numba.parallel_chunksize(1):
        lanes.escape_all(work.xs, work.ys, work.limit, ROWS, work.out)
    return work.out


@cell("bubblesort", "numba-njit", load=compiled(), kernel="numba_kernels/sorting.py:bubble")
def bubblesort(work, _):
    np.copyto(work.out, work.values)
    return (work.out, *sorting.bubble(work.out))


@cell("montecarlo", "numba-njit", load=compiled(), kernel="numba_kernels/counting.py:inside")
def montecarlo(work, _):
    return counting.inside(np.uint64(work.seed), 0, work.samples)


@cell("montecarlo", "numba-parallel", load=compiled(), kernel="numba_kernels/counting.py:inside_all")
def montecarlo_all(work, workers):
    return counting.inside_all(np.uint64(work.seed), work.samples, workers)


@cell("heat", "numba-njit", load=compiled(), kernel="numba_kernels/sweeps.py:heat")
def heat(work, _):
    np.copyto(work.out[0], work.initial)
    return sweeps.heat(work.out[0], work.out[1], work.steps, work.RATE)


@cell("heat", "numba-parallel", load=compiled(), kernel="numba_kernels/sweeps.py:heat_all")
def heat_all(work, _):
    np.copyto(work.out[0], work.initial)
    return sweeps.heat_all(work.out[0], work.out[1], work.steps, work.RATE)


def tables(work, workers):
    return counting.tables(work.bins, workers)


@cell("histogram", "numba-njit", load=compiled(tables), kernel="numba_kernels/counting.py:histogram")
def histogram(work, _):
    counting.histogram(np.uint64(work.seed), work.n, np.uint64(work.mask), work.skewed, work.scratch, work.out)
    return work.out


@cell("histogram", "numba-parallel", load=compiled(tables), kernel="numba_kernels/counting.py:histogram_all")
def histogram_all(work, _):
    counting.histogram_all(np.uint64(work.seed), work.n, np.uint64(work.mask), work.skewed, work.scratch, work.out)
    return work.out


def stacks(_, workers):
    """For each thread, the hashes and the depths of the nodes still to be expanded."""
    return np.empty((workers, tree.STACK), np.uint64), np.empty((workers, tree.STACK), np.int32)


@cell("treesearch", "numba-njit", load=compiled(stacks), kernel="numba_kernels/tree.py:search")
def treesearch(work, _):
    return work.with_root([tree.search(np.array(work.branches(), np.uint64), np.uint64(work.odds), *work.scratch)])


@cell("treesearch", "numba-parallel", load=compiled(stacks), kernel="numba_kernels/tree.py:search_all")
def treesearch_all(work, _):
    return work.with_root([tree.search_all(np.array(work.branches(), np.uint64), np.uint64(work.odds), *work.scratch)])


def table(work, _):
    """Each row with its target, so that one product computes all sums."""
    return np.column_stack([work.x, work.y])


@cell("gridsearch", "numba-njit", load=compiled(table), kernel="numba_kernels/ridge.py:search")
def gridsearch(work, _):
    ridge.search(work.scratch, work.penalties, 0, work.out.size, work.out)
    return work.out


@cell("gridsearch", "numba-parallel", load=compiled(table), kernel="numba_kernels/ridge.py:search_all")
def gridsearch_all(work, workers):
    ridge.search_all(work.scratch, work.penalties, workers, work.out)
    return work.out


@cell("sort", "numba-njit", load=compiled(), cases=["random", "nearly"], kernel="numba_kernels/sorting.py:ordered")
def sort(work, _):
    sorting.ordered(work.keys, work.out)
    return work.out


# with scratch memory of the records' size
roomy = compiled(lambda work, workers: np.empty(work.n, np.uint64))


@cell("sort", "numba-njit", load=roomy, cases=["stable"], kernel="numba_kernels/sorting.py:dealt", algorithm="radix")
def sort_records(work, _):
    """Keys of two bytes take two passes, and no comparison."""
    sorting.dealt(work.keys, work.scratch, work.out)
    return work.out


def edges(n, workers):
    """The bounds of the workers' parts."""
    return np.array([0, *(last for _, last in parts(n, workers))])


@compiled
def two_arrays(work, workers):
    """Two arrays that take turns, and the bounds of the parts."""
    arrays = np.empty((2, work.n), np.uint64)
    work.spoil = lambda: arrays.view(np.uint8).fill(POISON)
    return arrays, edges(work.n, workers)


@cell("sort", "numba-parallel", load=two_arrays, cases=["random", "nearly"], kernel="numba_kernels/sorting.py:merged")
def sort_all(work, _):
    return sorting.merged(work.keys, *work.scratch)


def pairs(work, _):
    return np.empty((work.entries, 2), np.uint64)


@cell("lookup", "numba-njit", load=compiled(pairs), kernel="numba_kernels/guarding.py:consult_alone")
def lookup(work, _):
    """A plain table: with one thread it needs no guard."""
    work.scratch[:] = 0
    told = guarding.consult_alone(*guarding.numbers(work), work.n, work.scratch)
    return work.scratch, *told


def counts(work, workers):
    """A table of seqlocks, whose entries have a count each, and the bounds of the shares."""
    return guarding.table(work), edges(work.n, workers)


@cell("lookup", "numba-parallel", load=compiled(counts), kernel="numba_kernels/guarding.py:consult_all")
def lookup_all(work, _):
    """Readers write nothing: a count next to each entry shows whether it is being changed."""
    table, shares = work.scratch
    guarding.reset(table)
    told = guarding.consult_all(*guarding.numbers(work), shares, table)
    return operations.result(guarding.pairs(table), told.tolist())


def array_of_bytes(work, _):
    return np.frombuffer(work.text, np.uint8)


@cell("wordcount", "numba-njit", load=compiled(array_of_bytes), kernel="numba_kernels/texts.py:counted")
def wordcount(work, _):
    """A hand-written hash table, since Numba's dictionary cannot hold bytes."""
    return texts.dictionary(work.text, texts.counted(work.scratch, 0, work.scratch.size))
