"""Dask: a graph of Python calls, run by threads, by processes, or by a scheduler with its own workers."""

import multiprocessing
from collections import Counter, namedtuple
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import dask
import numpy as np
from dask.bag import from_delayed
from dask.base import get_scheduler
from dask.bytes import read_bytes

from peers import scratch
from peers.cells import cell, start
from peers.counters import together
from peers.pieces import columns, columns_after, count_inside, dealt, fits, grid, heat_of_strip, in_order
from peers.pieces import julia_rows, parts

LIBRARIES = ["dask", "distributed", "numba", "numpy"]

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
        "idea": "a scheduler that tracks where data are, and workers that report which data they have",
        "gives": "the same code on one machine or a hundred",
        "costs": "a second to start, and a message or two per task",
        "cores": "workers",
        "daemons": True,
    },
}


# A started technique: the number of its workers, and a function that runs calls on them.
Started = namedtuple("Started", "workers call_all")


def run(graph, keys):
    """The results of some nodes of a graph, given as a dictionary of calls, which costs less than `delayed`."""
    return get_scheduler()(graph, keys)


def by_graph(function, calls):
    """The results of a function for a list of arguments, as a graph without edges."""
    graph = {("call", k): (function, *call) for k, call in enumerate(calls)}
    return run(graph, list(graph))


@start("dask-threads")
def threads(workers):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool, dask.config.set(scheduler="threads", pool=pool, num_workers=workers):
        by_graph(abs, [(1,)] * 8)
        yield Started(workers, by_graph)


@start("dask-processes")
def processes(workers):
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        list(pool.map(abs, range(4 * workers)))
        with dask.config.set(scheduler="processes", pool=pool, num_workers=workers):
            by_graph(abs, [(1,)] * 8)
            yield Started(workers, by_graph)


@start("dask-distributed")
def cluster(workers):
    """One process with one thread for each worker, without a dashboard; its files are temporary."""
    import logging

    from distributed import Client, LocalCluster

    logging.getLogger("distributed").setLevel(logging.ERROR)
    with scratch.folder("dask") as folder:
        options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None, "local_directory": folder}
        with LocalCluster(**options, memory_limit=0) as started, Client(started, direct_to_workers=True) as client:
            client.wait_for_workers(workers)
            client.run(import_module, "peers.pieces")  # compiles in each worker
            by_map = lambda function, calls: client.gather(client.map(function, *zip(*calls), pure=False))
            by_map(abs, [(k,) for k in range(4 * workers)])
            yield Started(workers, by_map)


@cell("montecarlo", "dask-threads", "dask-processes", "dask-distributed", kernel="pieces.py:inside")
def montecarlo(work, started):
    calls = work.as_tasks((work.seed, *part) for part in parts(work.samples, started.workers))
    return sum(started.call_all(count_inside, calls))


@cell("julia", "dask-threads", "dask-processes", "dask-distributed", kernel="pieces.py:rows")
def julia(work, started):
    """Two sets of rows for each worker: the fewest tasks that balance the work."""
    return in_order(started.call_all(julia_rows, work.as_tasks(dealt(work, 2 * started.workers))))


@cell("heat", "dask-threads", kernel="pieces.py:heat_of_strip")
def heat(work, started):
    """A strip of rows for each worker; neighbours exchange ten rows, and then take ten steps."""
    strips = parts(work.side, started.workers)
    most = min(10, *(last - first for first, last in strips))
    graph = {("heat", 0, k): work.initial[first:last] for k, (first, last) in enumerate(strips)}
    done = after = 0
    while done < work.steps:
        steps, after = min(most, work.steps - done), after + 1
        for k in range(len(strips)):
            near = [("heat", after - 1, (k + side) % len(strips)) for side in (-1, 0, 1)]
            graph["heat", after, k] = (heat_of_strip, *near, steps, work.RATE)
        done += steps
    return np.concatenate(run(graph, [("heat", after, k) for k in range(len(strips))]))


def in_shares(work, started):
    """A share of every row's columns for each worker: a task for each column would be shorter than its overhead."""
    whole, shares = grid(work), parts(work.width, started.workers)
    return [[columns(whole, row, *share) for share in shares] for row in range(work.depth)]


@cell("taskgraph", "dask-threads", "dask-processes", load=in_shares, kernel="pieces.py:columns_after")
def taskgraph(rows, _):
    """The whole graph in one call: a share of a row needs all shares of the row before."""
    shares = range(len(rows[0]))
    graph = {}
    for row, given in enumerate(rows):
        before = [("share", row - 1, k) for k in shares] if row else []
        graph |= {("share", row, k): (columns_after, given[k], *before) for k in shares}
    return np.concatenate(run(graph, [("share", len(rows) - 1, k) for k in shares]))


class Share:
    """An actor that holds its share of every row's columns."""

    def __init__(self, rows):
        self.rows = rows

    def row(self, number, *before):
        return columns_after(self.rows[number], *before)


@contextmanager
def actors(work, started):
    """An actor on each worker with its share of the graph, since the scheduler takes milliseconds for each task."""
    from distributed import default_client

    client, shares = default_client(), zip(*in_shares(work, started))
    where = client.scheduler_info()["workers"]
    made = [client.submit(Share, rows, actor=True, workers=[at]) for rows, at in zip(shares, where)]
    yield work, client.gather(made)


@cell("taskgraph", "dask-distributed", load=actors, kernel="pieces.py:columns_after")
def taskgraph_actors(loaded, _):
    """Row by row, by direct calls of the actors."""
    work, actors = loaded
    before = []
    for row in range(work.depth):
        before = [call.result() for call in [actor.row(row, *before) for actor in actors]]
    return np.concatenate(before)


@cell("gridsearch", "dask-threads", "dask-processes", "dask-distributed", kernel="pieces.py:fits")
def gridsearch(work, started):
    """A share of the penalties for every worker, so that the table is sent as rarely as possible."""
    shares = np.array_split(work.penalties, started.workers)
    calls = work.as_tasks((work.x, work.y, work.fold_of, share) for share in shares)
    return np.concatenate(started.call_all(fits, calls))


@cell("matmul", "dask-threads")
def matmul(work, started):
    """Blocks of rows times the whole matrix: products by NumPy, which releases the GIL."""
    blocks = [(work.a[slice(*part)], work.b) for part in parts(work.n, started.workers)]
    return np.concatenate(by_graph(np.matmul, blocks))


@contextmanager
def text_file(work, started):
    """The text in a file in memory, which every worker reads its part of."""
    with scratch.folder("dask-text", "/dev/shm") as folder:
        path = Path(folder, "text")
        path.write_bytes(work.text)
        yield work, path


@cell("wordcount", "dask-threads", "dask-processes", "dask-distributed", load=text_file)
def wordcount(loaded, started):
    """A bag whose partitions are blocks of whole lines of the file; `Counter` counts each block."""
    work, path = loaded
    share = max(1, len(work.text) // started.workers)
    _, (blocks,) = read_bytes(path, delimiter=b"\n", blocksize=share, sample=False)
    bag = from_delayed(work.as_tasks(blocks))
    return bag.reduction(words_of, together, split_every=False).compute()


def words_of(block):
    return Counter(block.split())
