"""Ray: tasks and actors, run by a scheduler and an object store in separate processes."""

import logging
import time
from contextlib import contextmanager

import numpy as np
import ray

from peers import scratch
from peers.cells import cell, start
from peers.pieces import columns, columns_after, count_inside, dealt, fits, grid, in_order, julia_rows, parts
from peers.suite.mailbox import tally

LIBRARIES = ["numba", "numpy", "ray"]

TECHNIQUES = {
    "ray": {
        "idea": "a function call becomes a task and an object an actor; results are references into a shared store",
        "gives": "tasks that take references, actors with state, one machine or many",
        "costs": "seconds to start, a dozen processes, and a fraction of a millisecond per task",
        "cores": "workers",
        "daemons": True,
        "environment": {
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_AUTH_MODE": "disabled",
            "RAY_DEDUP_LOGS": "0",
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        },
    }
}


@start("ray")
def cluster(workers):
    """A head node on loopback with a core for each worker; its files are deleted at the end."""
    options = {"include_dashboard": False, "log_to_driver": False, "logging_level": logging.ERROR}
    with scratch.folder("ray") as folder:
        try:
            ray.init(num_cpus=workers, object_store_memory=512 << 20, _temp_dir=folder, **options)
            ray.get([_wait_a_little.remote() for _ in range(4 * workers)])
            yield workers
        finally:
            ray.shutdown()


@ray.remote
def _wait_a_little():
    """Occupies a worker so long that every other worker gets a call as well, and compiles the pieces."""
    count_inside(0, 0, 1)
    time.sleep(0.1)


_inside, _rows, _fits = (ray.remote(function) for function in (count_inside, julia_rows, fits))


@cell("montecarlo", "ray", kernel="pieces.py:inside")
def montecarlo(work, workers):
    return sum(ray.get([_inside.remote(work.seed, *part) for part in work.as_tasks(parts(work.samples, workers))]))


@cell("julia", "ray", kernel="pieces.py:rows")
def julia(work, workers):
    """Two sets of rows for each worker: the fewest tasks that balance the work."""
    return in_order(ray.get([_rows.remote(*hand) for hand in work.as_tasks(dealt(work, 2 * workers))]))


@ray.remote
class Share:
    """An actor that holds its share of every row's columns."""

    def __init__(self, rows):
        self.rows = rows

    def row(self, number, *before):
        return columns_after(self.rows[number], *before)


@contextmanager
def shares(work, workers):
    """An actor for each worker, with its share of the graph."""
    whole = grid(work)
    bounds = parts(work.width, workers)
    actors = [Share.remote([columns(whole, row, *share) for row in range(work.depth)]) for share in bounds]
    ray.get([actor.__ray_ready__.remote() for actor in actors])
    yield work, actors
    for actor in actors:
        ray.kill(actor)


@cell("taskgraph", "ray", load=shares, kernel="pieces.py:columns_after")
def taskgraph(loaded, _):
    """All calls are submitted before any result is there: their arguments are references to future results.

    Each actor does its share of a row in one call, since a call for each task would take longer than many tasks.
    """
    work, actors = loaded
    before = []
    for row in range(work.depth):
        before = [actor.row.remote(row, *before) for actor in actors]
    return np.concatenate(ray.get(before))


@ray.remote
class Consumer:
    """An actor with the messages that it has received as its state."""

    def __init__(self):
        self.received = []

    def take(self, message):
        self.received.append(message)

    def tally(self):
        received, self.received = self.received, []
        return tally(received, 1)


@contextmanager
def consumer(work, _):
    """The actor is a process, which starts before the clock."""
    actor = Consumer.remote()
    ray.get(actor.tally.remote())
    yield work, actor
    ray.kill(actor)


@cell("mailbox", "ray", cases=["1to1"], load=consumer, slow={"small": "20 s", "headline": "minutes", "medium": "hours"})
def mailbox(loaded, _):
    """Calls of an actor's method, in order, without waiting for each."""
    work, actor = loaded
    for message in work.numbers(0):
        actor.take.remote(message)
    return [ray.get(actor.tally.remote())]


@cell("mailbox", "ray", cases=["ping-pong"], load=consumer, slow={"medium": "ten minutes"})
def ping_pong(loaded, _):
    """Calls of an actor's method, with a wait for each."""
    work, actor = loaded
    for message in work.numbers(0):
        ray.get(actor.take.remote(message))
    return [ray.get(actor.tally.remote())]


@cell("gridsearch", "ray", kernel="pieces.py:fits")
def gridsearch(work, workers):
    """A share of the penalties for every worker; the table is put into the store once."""
    x, y, folds = ray.put(work.x), ray.put(work.y), ray.put(work.fold_of)
    shares = work.as_tasks(np.array_split(work.penalties, workers))
    return np.concatenate(ray.get([_fits.remote(x, y, folds, share) for share in shares]))
