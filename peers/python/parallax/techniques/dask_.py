"""Dask: a graph of calls, run by a pool of processes or by a scheduler with its own workers."""

import logging
from concurrent.futures import ProcessPoolExecutor

import dask
from dask import delayed

from parallax import call
from peers import scratch
from peers.cells import cell, start

LIBRARIES = ["dask", "distributed"]

TECHNIQUES = {
    "dask-processes": {
        "idea": "a graph with a call for each piece of the data, run by a pool of processes",
        "gives": "all cores for plain Python",
        "costs": "pickling, and a fraction of a millisecond per task",
        "cores": "workers",
    },
    "dask-distributed": {
        "idea": "the same graph, run by a scheduler that talks to its workers",
        "gives": "the same code on one machine or a hundred",
        "costs": "a second to start, and a message or two per task",
        "cores": "workers",
        "daemons": True,
    },
}


@start("dask-processes")
def pool(workers):
    call.work().function  # read before processes are forked, where this Python forks them
    with ProcessPoolExecutor(workers) as started, dask.config.set(scheduler="processes", pool=started):
        dask.compute(*(delayed(abs)(k) for k in range(8 * workers)))
        yield started


@start("dask-distributed")
def cluster(workers):
    """One process with one thread for each worker, without a dashboard; its files are temporary."""
    from distributed import Client, LocalCluster

    logging.getLogger("distributed").setLevel(logging.ERROR)
    with scratch.folder("dask") as folder:
        options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None, "local_directory": folder}
        with LocalCluster(**options, memory_limit=0) as started, Client(started) as client:
            client.wait_for_workers(workers)
            client.gather(client.map(abs, range(8 * workers), pure=False))
            yield client


@cell("own", "dask-processes", "dask-distributed")
def graph(work, _):
    return call.joined(dask.compute(*(delayed(call.each, pure=False)(piece) for piece in work.pieces())))
