"""Dask: a graph of Python calls, run by threads, by processes, or by a scheduler with workers of its own."""

import multiprocessing

import dask
import numpy as np
from dask import array as da
from dask import delayed
from dask.base import get_scheduler

from peers import scratch
from peers.cells import cell, start
from peers.pieces import fit, inside, parts, rows
from peers.systems.pure import task

LIBRARIES = ["dask", "distributed", "numpy"]

TECHNIQUES = {
    "dask-threads": {
        "idea": "a graph of calls, run by a pool of threads of this process",
        "gives": "NumPy's interface over blocks, and all cores where NumPy lets go of the lock",
        "costs": "a fraction of a millisecond for each task",
        "cores": "workers",
    },
    "dask-processes": {
        "idea": "the same graph, run by a pool of processes",
        "gives": "all cores for pure Python",
        "costs": "a pickle each way for each task",
        "cores": "workers",
    },
    "dask-distributed": {
        "idea": "a scheduler that knows where data are, and workers that tell it what they have",
        "gives": "the same code on one machine or a hundred",
        "costs": "a second to start, and a message or two per task",
        "cores": "workers",
        "daemons": True,
    },
}


def first_calls():
    """What a scheduler imports and sets up with its first graph."""
    dask.compute(*(delayed(abs)(k) for k in range(8)))


@start("dask-threads")
def threads(workers):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool, dask.config.set(scheduler="threads", pool=pool, num_workers=workers):
        first_calls()
        yield workers


@start("dask-processes")
def processes(workers):
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        list(pool.map(abs, range(4 * workers)))
        with dask.config.set(scheduler="processes", pool=pool, num_workers=workers):
            first_calls()
            yield workers


@start("dask-distributed")
def cluster(workers):
    """One process per worker with one thread each; no dashboard, no file on disk."""
    import logging

    from distributed import Client, LocalCluster

    logging.getLogger("distributed").setLevel(logging.ERROR)
    with scratch.folder("dask") as folder:
        options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None, "local_directory": folder}
        with LocalCluster(**options, memory_limit=0) as started, Client(started) as client:
            client.wait_for_workers(workers)
            client.gather(client.map(abs, range(4 * workers), pure=False))
            yield workers


@cell("montecarlo", "dask-threads", "dask-processes", "dask-distributed")
def montecarlo(work, workers):
    """A task for each part, and their sum."""
    found = [delayed(inside, pure=False)(work.seed, *part) for part in parts(work.samples, 8 * workers)]
    return delayed(sum)(found).compute()


@cell("julia", "dask-threads", "dask-processes", "dask-distributed")
def julia(work, workers):
    """Blocks of rows: more than workers, since they differ."""
    blocks = parts(len(work.ys), 16 * workers)
    return np.vstack(dask.compute(*(delayed(rows, pure=False)(work.xs, work.ys[a:b], work.limit) for a, b in blocks)))


@cell("heat", "dask-threads")
def heat(work, workers):
    """dask.array: blocks with a border from their neighbours, one graph for ten steps at a time."""

    def step(u):
        beside = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        new = u.copy()
        new[1:-1, 1:-1] = u[1:-1, 1:-1] + work.RATE * (beside - 4 * u[1:-1, 1:-1])
        return new

    u, done = work.initial, 0
    while done < work.steps:
        blocks = da.from_array(u, chunks=(work.side // workers, work.side))
        for _ in range(min(10, work.steps - done)):
            blocks = blocks.map_overlap(step, depth=1, boundary="periodic", dtype=np.float64)
            done += 1
        u = blocks.compute()
    return u


@cell("taskgraph", "dask-threads", "dask-processes", "dask-distributed", slow={"medium": "a minute and more"})
def taskgraph(work, _):
    """Dask's graph itself, a dictionary of calls: joining those of delayed ones costs the square of their number."""
    graph = {
        ("task", row, column): (task, h, [("task", row - 1, q) for q in need], work.turns)
        for row, (own, needs) in enumerate(zip(work.own, work.needs))
        for column, (h, need) in enumerate(zip(own, needs))
    }
    last = len(work.own) - 1
    return get_scheduler()(graph, [("task", last, column) for column in range(len(work.own[last]))])


@cell("gridsearch", "dask-threads", "dask-processes", "dask-distributed")
def gridsearch(work, _):
    """A task for each fit; the table is one of the graph's nodes, and so sent once."""
    x, y = delayed(work.x), delayed(work.y)
    call = delayed(fit, pure=False)
    found = [call(x, y, *work.split(fold), penalty) for penalty in work.penalties for fold in range(5)]
    return np.array(dask.compute(*found)).reshape(-1, 5)


@cell("matmul", "dask-threads")
def matmul(work, workers):
    """Blocks of rows times the whole: products of NumPy's, which let go of the lock."""
    a = da.from_array(work.a, chunks=(-(-work.n // workers), work.n))
    return (a @ da.from_array(work.b, chunks=work.n)).compute()
