"""parallax_rs: this project's own kernels, called from Python; they replace the loop, and the program stays in Python.

The wheel is built from peers/bridge. Arrays are borrowed from NumPy, results go into arrays that exist before the clock
starts, and the GIL is released. `call_ns` is the cost of a call with almost no work.
"""

import timeit

import numpy as np
import parallax_rs

from peers.cells import cell, start
from peers.suite.random import MASK

LIBRARIES = ["parallax-rs", "numpy"]

TECHNIQUES = {
    "bridge-cached": {
        "idea": "a decorator that caches results in a dictionary, with an order of use kept in Rust",
        "gives": "bounded memory for one line, as functools.lru_cache",
        "costs": "a call of a compiled object for each request; functools has the same in C",
        "cores": "one",
    },
    "bridge-rayon": {
        "idea": "one call of a Rust function: SIMD chosen at run time, on a work-stealing pool, without the GIL",
        "gives": "all cores and the SIMD of the machine for a line of Python, without compiling anything there",
        "costs": "a wheel to build or to install, about a microsecond for a call, and no use of the pool after a fork",
        "cores": "workers",
        "isa": "rust: run-time dispatch",
    },
    "bridge-simd": {
        "idea": "the same function on the calling thread alone",
        "gives": "the gain of SIMD, also in a forked process",
        "costs": "the other cores",
        "cores": "one",
        "isa": "rust: run-time dispatch",
    },
}

CALLS = 2_000  # calls that are timed together, five times


@start("bridge-rayon", "bridge-simd")
def threads(workers):
    """Starts the threads, and yields their number."""
    parallax_rs.montecarlo(1 << 20, workers=workers)
    yield workers


def into(work, out, wrong, small):
    """The work with an array for the result, which is overwritten before each sample, and the cost of a small call."""
    work.out = out
    work.spoil = lambda: out.fill(wrong)
    work.extra_metrics["call_ns"] = min(timeit.repeat(small, repeat=5, number=CALLS)) / CALLS * 1e9
    return work


def pairwise_into(work, _):
    x, out = np.zeros((2, 3)), np.empty((2, 2))
    return into(work, np.empty((work.m, work.m)), np.nan, lambda: parallax_rs.pairwise(x, out))


@cell("pairwise", "bridge-rayon", "bridge-simd", load=pairwise_into)
def pairwise(work, workers):
    return parallax_rs.pairwise(work.points, work.out, workers)


def matmul_into(work, _):
    x, out = np.zeros((2, 2)), np.empty((2, 2))
    return into(work, np.empty((work.n, work.n)), np.nan, lambda: parallax_rs.matmul(x, x, out))


@cell("matmul", "bridge-rayon", "bridge-simd", load=matmul_into, cases=[""])
def matmul(work, workers):
    return parallax_rs.matmul(work.a, work.b, work.out, workers)


def julia_into(work, _):
    small, out = parallax_rs.julia(1, 1), np.empty((len(work.ys), len(work.xs)), np.int32)
    return into(work, out, -1, lambda: parallax_rs.julia(1, 1, small))


@cell("julia", "bridge-rayon", "bridge-simd", load=julia_into)
def julia(work, workers):
    return parallax_rs.julia(work.width, work.limit, work.out, workers)


def montecarlo_alone(work, _):
    return into(work, np.empty(1), np.nan, lambda: parallax_rs.montecarlo(1))


@cell("montecarlo", "bridge-rayon", "bridge-simd", load=montecarlo_alone)
def montecarlo(work, workers):
    return parallax_rs.montecarlo(work.samples, work.seed, workers)


def histogram_into(work, _):
    keys, out = np.zeros(8, np.int64), np.empty(8, np.int64)
    return into(work, np.empty(work.bins, np.int64), -1, lambda: parallax_rs.histogram(keys, 8, out))


@cell("histogram", "bridge-rayon", "bridge-simd", load=histogram_into)
def histogram(work, workers):
    """Keys are made and counted in one loop, block by block, as in the other compiled peers."""
    return parallax_rs.random_histogram(work.n, work.bins, work.seed, work.skewed, work.out, workers)


def expression_into(work, workers):
    """Compiles the text once, as a program does that evaluates it again and again."""
    x, out = np.zeros(8), np.empty(8)
    work = into(work, np.empty(work.n, work.DTYPE), 1, lambda: parallax_rs.expression("x+x", out=out, x=x))
    began = timeit.default_timer()
    expression(work, workers)
    work.extra_metrics["first_call_ms"] = 1e3 * (timeit.default_timer() - began)
    return work


@cell("expression", "bridge-rayon", "bridge-simd", load=expression_into)
def expression(work, workers):
    return parallax_rs.expression(work.source, out=work.out, workers=workers, **work.arguments)


@cell("memo", "bridge-cached")
def memo(work, _):
    remembered = parallax_rs.cached(work.compute, maxsize=work.capacity)
    total = sum(map(remembered, work.keys))
    return total & MASK, remembered.cache_info().hits, "lru"


def sort_into(work, _):
    few, out = np.zeros(8, np.uint64), np.empty(8, np.uint64)
    return into(work, np.empty(work.n, np.uint64), 1, lambda: parallax_rs.sort(few, out))


@cell("sort", "bridge-rayon", "bridge-simd", load=sort_into, cases=["random", "nearly"])
def sort(work, workers):
    return parallax_rs.sort(work.keys, work.out, workers)


def text_alone(work, _):
    return into(work, np.empty(1), np.nan, lambda: parallax_rs.wordcount(b"a b"))


@cell("wordcount", "bridge-rayon", "bridge-simd", load=text_alone)
def wordcount(work, workers):
    """Each distinct word becomes one Python object in the dictionary."""
    return parallax_rs.wordcount(work.text, workers)
