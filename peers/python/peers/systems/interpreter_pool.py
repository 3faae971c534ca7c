"""Interpreters within one process, since Python 3.14: each has its own lock, so a pool of them computes at once."""

from peers import interpreters
from peers.cells import cell, start
from peers.systems.free_threaded import shared

PYTHON = "interpreter-pool"
LIBRARIES = ["python"]

TECHNIQUES = {
    "interpreter-pool": {
        "idea": "InterpreterPoolExecutor: a thread for each worker, with an interpreter and a lock of its own",
        "gives": "all cores for pure Python in one process, started faster than processes are",
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
