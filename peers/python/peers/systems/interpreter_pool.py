"""Interpreters within one process, from Python 3.14 on: each has its own GIL, so a pool of them runs in parallel."""

from peers import interpreters
from peers.cells import cell, start
from peers.systems.free_threaded import shared

PYTHON = "interpreter-pool"
LIBRARIES = ["python"]

TECHNIQUES = {
    "interpreter-pool": {
        "idea": "InterpreterPoolExecutor: a thread for each worker, with its own interpreter and GIL",
        "gives": "all cores for pure Python in one process, with a faster start than processes",
        "costs": "arguments and results are pickled, nothing is shared, and libraries in C must support it",
        "cores": "workers",
    },
}


@start("interpreter-pool")
def pool(workers):
    with interpreters.started("interpreter-pool", "pools", "interpreters", workers) as child:
        yield child


@cell("julia", "interpreter-pool", load=shared, kernel="interpreters/pools.py:rows")
def julia(call, _):
    return call()


@cell("montecarlo", "interpreter-pool", load=shared, slow={"medium": "minutes"}, kernel="interpreters/pools.py:hits")
def montecarlo(call, _):
    return call()


@cell("histogram", "interpreter-pool", load=shared, slow={"medium": "a minute"}, kernel="interpreters/pools.py:table")
def histogram(call, _):
    return call()
