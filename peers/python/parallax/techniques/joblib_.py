"""joblib: a pool of processes that batches calls automatically."""

from joblib import Parallel, delayed

from parallax import call
from peers.cells import cell, start

LIBRARIES = ["joblib"]

TECHNIQUES = {
    "joblib": {
        "idea": "Parallel(n_jobs) takes a call for each item, and sends calls in batches worth sending",
        "gives": "all cores for plain Python, large arrays mapped instead of copied",
        "costs": "pickling, and tens of microseconds per batch",
        "cores": "workers",
    }
}


@start("joblib")
def pool(workers):
    with Parallel(workers) as started:
        started(delayed(abs)(k) for k in range(8 * workers))
        yield started


@cell("own", "joblib")
def processes(work, parallel):
    return parallel(delayed(call.one)(item) for item in work.data)
