"""Dask: a graph of Python calls, run by threads, by processes, or by a scheduler with its own workers."""

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
        "gives": "NumPy's interface over blocks, and all cores where NumPy releases the GIL",
        "costs": "a fraction of a millisecond per task",
        "cores": "workers",
    },
    "dask-processes": {
        "idea": "the same graph, run by a pool of processes",
        "gives": "all cores for pure Python",
        "costs": "pickling the arguments and the result of each task",
        "cores": "workers",
    },
    "dask-distributed": {
        "idea": "a scheduler that tracks where data are, and workers that report what they hold",
        "gives": "the same code on one machine or a hundred",
        "costs": "a second to start, and a message or two per task",
        "cores": "workers",
        "daemons": True,
    },
}


def warm_up():
    """Runs a small graph: a scheduler imports and sets up much with its first one."""
    dask.compute(*(delayed(abs)(k) for k in range(8)))


@start("dask-threads")
def threads(workers):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool, dask.config.set(scheduler="threads", pool=pool, num_workers=workers):
        warm_up()
        yield workers


@start("dask-processes")
def processes(workers):
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        list(pool.map(abs, range(4 * workers)))
        with dask.config.set(scheduler="processes", pool=pool, num_workers=workers):
            warm_up()
            yield workers


@start("dask-distributed")
def cluster(workers):
    """One process with one thread for each worker, without a dashboard; its files are temporary."""
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
    """A task for each part, and one that adds them up."""
    counts = [delayed(inside, pure=False)(work.seed, *part) for part in parts(work.samples, 8 * workers)]
    return delayed(sum)(counts).compute()


@cell("julia", "dask-threads", "dask-processes", "dask-distributed")
def julia(work, workers):
    """Blocks of rows, many for each worker, since their costs differ."""
    blocks = parts(len(work.ys), 16 * workers)
    return np.vstack(dask.compute(*(delayed(rows, pure=False)(work.xs, work.ys[a:b], work.limit) for a, b in blocks)))


@cell("heat", "dask-threads")
def heat(work, workers):
    """dask.array: blocks with a border from their neighbours, in graphs of ten steps each."""

    def step(u):
        neighbours = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
        new = u.copy()
        new[1:-1, 1:-1] = u[1:-1, 1:-1] + work.RATE * (neighbours - 4 * u[1:-1, 1:-1])
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
    """Dask's graph written as a dictionary of calls: joining `delayed` ones takes time quadratic in their number."""
    graph = {
        ("task", row, column): (task, h, [("task", row - 1, q) for q in need], work.turns)
        for row, (own, needs) in enumerate(zip(work.own, work.needs))
        for column, (h, need) in enumerate(zip(own, needs))
    }
    last = len(work.own) - 1
    return get_scheduler()(graph, [("task", last, column) for column in range(len(work.own[last]))])


@cell("gridsearch", "dask-threads", "dask-processes", "dask-distributed")
def gridsearch(work, _):
    """A task for each fit; the table is a node of the graph, so it is sent once."""
    x, y = delayed(work.x), delayed(work.y)
    call = delayed(fit, pure=False)
    errors = [call(x, y, *work.split(fold), penalty) for penalty in work.penalties for fold in range(5)]
    return np.array(dask.compute(*errors)).reshape(-1, 5)


@cell("matmul", "dask-threads")
def matmul(work, workers):
    """Blocks of rows times the whole matrix: products by NumPy, which releases the GIL."""
    a = da.from_array(work.a, chunks=(-(-work.n // workers), work.n))
    return (a @ da.from_array(work.b, chunks=work.n)).compute()
