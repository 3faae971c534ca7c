"""Ray: tasks and actors, run by a scheduler and an object store in processes of their own."""

import logging

import numpy as np
import ray

from peers import scratch
from peers.cells import cell, start
from peers.pieces import fit, inside, parts, rows
from peers.suite.mailbox import tally
from peers.systems.pure import task

LIBRARIES = ["ray", "numpy"]

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
            ray.get([_identity.remote(k) for k in range(8 * workers)])
            yield workers
        finally:
            ray.shutdown()


@ray.remote
def _identity(k):
    return k


_inside, _rows, _task, _fit = (ray.remote(function) for function in (inside, rows, task, fit))


@cell("montecarlo", "ray")
def montecarlo(work, workers):
    return sum(ray.get([_inside.remote(work.seed, *part) for part in parts(work.samples, 8 * workers)]))


@cell("julia", "ray")
def julia(work, workers):
    """Blocks of rows; the coordinates of the columns are put into the store once."""
    xs = ray.put(work.xs)
    blocks = parts(len(work.ys), 16 * workers)
    return np.vstack(ray.get([_rows.remote(xs, work.ys[a:b], work.limit) for a, b in blocks]))


@ray.remote
def _node(h, turns, *inputs):
    return task(h, inputs, turns)


@cell("taskgraph", "ray", slow={"medium": "a minute and more"})
def taskgraph(work, _):
    """The whole graph is submitted at once: references to results that do not exist yet are arguments."""
    previous = []
    for own, needs in zip(work.own, work.needs):
        previous = [_node.remote(h, work.turns, *(previous[q] for q in need)) for h, need in zip(own, needs)]
    return ray.get(previous)


@ray.remote
class Consumer:
    """An actor whose state is the messages that it has received."""

    def __init__(self):
        self.received = []

    def take(self, message):
        self.received.append(message)

    def tally(self):
        return tally(self.received, 1)


@cell("mailbox", "ray", cases=["1to1"], slow={"small": "a minute", "headline": "ten minutes", "medium": "an hour"})
def mailbox(work, _):
    """Calls of an actor's method, in order; none is waited for."""
    consumer = Consumer.remote()
    for message in work.numbers(0):
        consumer.take.remote(message)
    return [ray.get(consumer.tally.remote())]


@cell("mailbox", "ray", cases=["ping-pong"], slow={"medium": "ten minutes"})
def ping_pong(work, _):
    """Calls of an actor's method; each is waited for."""
    consumer = Consumer.remote()
    for message in work.numbers(0):
        ray.get(consumer.take.remote(message))
    return [ray.get(consumer.tally.remote())]


@cell("gridsearch", "ray")
def gridsearch(work, _):
    """A task for each fit; the table is put into the store once."""
    x, y = ray.put(work.x), ray.put(work.y)
    errors = [_fit.remote(x, y, *work.split(fold), penalty) for penalty in work.penalties for fold in range(5)]
    return np.array(ray.get(errors)).reshape(-1, 5)
