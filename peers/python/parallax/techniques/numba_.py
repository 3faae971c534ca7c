"""Numba: the function as it is, compiled for this CPU; alone, on threads, and in a loop over an array.

Compilation is timed separately from runs, as `compile_ms`.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
from numba import njit, prange
from numba.core.errors import NumbaError

from parallax import call
from peers.cells import cell, start
from peers.suite.workload import Unfit

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "numba": {
        "idea": "@njit above the function, which is then called for each item as before",
        "gives": "the speed of C inside the function, for one line",
        "costs": "a second of compilation at every start, a subset of Python, and a fraction of a microsecond per call",
        "cores": "one",
        "isa": "numba: this CPU",
    },
    "numba-threads": {
        "idea": "@njit(nogil=True) above the function, and a ThreadPoolExecutor over pieces of the data",
        "gives": "all cores without pickling",
        "costs": "the same, and the Python code that makes the calls still takes turns",
        "cores": "workers",
        "isa": "numba: this CPU",
    },
    "numba-parallel": {
        "idea": "the loop over the data is compiled as well, with prange over an array of numbers",
        "gives": "all cores, and no call from Python per item",
        "costs": "data and results that are arrays of numbers",
        "cores": "workers",
        "isa": "numba: this CPU",
    },
}


@start("numba-threads")
def pool(workers):
    with ThreadPoolExecutor(workers) as started:
        yield started


def compiled(work, _):
    """Compiles the function for all types of items in the data."""
    function = njit(nogil=True)(getattr(work.function, "py_func", work.function))
    _compile(work, lambda: [function(item) for item in work.data])
    work.compiled = function
    return work


@cell("own", "numba", load=compiled)
def calls(work, _):
    function = work.compiled
    return [function(item) for item in work.data]


@cell("own", "numba-threads", load=compiled)
def threads(work, pool):
    function = work.compiled
    return call.joined(pool.map(lambda items: [function(item) for item in items], work.pieces()))


def over_array(work, _):
    """Makes arrays of the data and for the results, and compiles the loop."""
    data, right = _numbers(work.data, "its data"), _numbers(work.right, "its results")
    if right.ndim != 1:
        raise Unfit("its results are arrays, and the loop writes one number for each item")
    function = njit(getattr(work.function, "py_func", work.function))

    @njit(parallel=True)
    def loop(data, results):
        for i in prange(len(data)):
            results[i] = function(data[i])

    work.loop = lambda: _filled(loop, data, right.dtype)
    _compile(work, work.loop)
    return work


@cell("own", "numba-parallel", load=over_array)
def whole(work, _):
    with numba.parallel_chunksize(max(1, len(work.data) // (8 * work.workers))):
        return work.loop()


def _filled(loop, data, dtype):
    results = np.empty(len(data), dtype)
    loop(data, results)
    return results


def _numbers(values, what):
    try:
        array = np.ascontiguousarray(values)
    except ValueError:
        array = np.empty(0, object)
    if array.dtype.kind not in "biufc":
        raise Unfit(f"{what} are not an array of numbers")
    return array


def _compile(work, run):
    """Runs once over all the data; if Numba cannot compile the function, refuses it with Numba's reason."""
    began = time.perf_counter()
    try:
        run()
    except NumbaError as error:
        raise Unfit(f"numba cannot compile {work.name}: {_reason(error)}") from None
    work.extra_metrics["compile_ms"] = 1e3 * (time.perf_counter() - began)


def _reason(error):
    """The line of Numba's message that says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("Failed in nopython mode")]
    return (told or lines or [type(error).__name__])[0]
