"""A pool of processes of the standard library: an interpreter for each core."""

import multiprocessing

from parallax import call
from peers.cells import cell, start

LIBRARIES = []

TECHNIQUES = {
    "processes": {
        "idea": "multiprocessing.Pool takes pieces of the data, and both they and the results are pickled",
        "gives": "all cores for plain Python",
        "costs": "a copy of all data that goes in and out, and a start of processes that import everything again",
        "cores": "workers",
    }
}


@start("processes")
def pool(workers):
    call.work().function  # read before processes are forked, where this Python forks them
    with multiprocessing.Pool(workers) as started:
        started.map(abs, range(8 * workers))
        yield started


@cell("own", "processes")
def processes(work, pool):
    return call.joined(pool.map(call.each, work.pieces(), chunksize=1))
