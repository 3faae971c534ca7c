"""One thread, the baseline of all techniques, and a pool of threads of the same interpreter."""

from concurrent.futures import ThreadPoolExecutor

from parallax import call
from peers.cells import cell, start

LIBRARIES = []

TECHNIQUES = {
    "sequential": {
        "idea": "one thread does everything, in order",
        "gives": "the plainest code, and the baseline of all others",
        "costs": "one core, however many the machine has",
        "cores": "one",
    },
    "threads": {
        "idea": "concurrent.futures.ThreadPoolExecutor takes pieces of the data",
        "gives": "shared memory, and waits that overlap; all cores where the function releases the GIL",
        "costs": "no speedup of Python code, since one thread at a time runs it",
        "cores": "workers",
    },
}


@start("threads")
def pool(workers):
    with ThreadPoolExecutor(workers) as started:
        yield started


@cell("own", "sequential")
def sequential(work, _):
    function = work.function
    return [function(item) for item in work.data]


@cell("own", "threads")
def threads(work, pool):
    return call.joined(pool.map(call.each, work.pieces()))
