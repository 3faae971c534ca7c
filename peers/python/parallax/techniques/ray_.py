"""Ray: tasks, run by a scheduler and an object store in separate processes."""

import logging

import ray

from parallax import call
from peers import scratch
from peers.cells import cell, start

LIBRARIES = ["ray"]

TECHNIQUES = {
    "ray": {
        "idea": "a call becomes a task, and its result a reference into a shared store",
        "gives": "the same code on one machine or many",
        "costs": "seconds to start, a dozen processes, and a fraction of a millisecond per task",
        "cores": "workers",
        "daemons": True,
        "environment": {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "RAY_DEDUP_LOGS": "0"},
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
            yield ray.remote(call.each)
        finally:
            ray.shutdown()


@ray.remote
def _identity(k):
    return k


@cell("own", "ray")
def tasks(work, each):
    return call.joined(ray.get([each.remote(piece) for piece in work.pieces()]))
