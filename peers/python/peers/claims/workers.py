"""Claims about threads, processes and clusters: whether they were started, and whether results were awaited."""

import logging
import math
import multiprocessing
import os
import threading
import time
from collections import namedtuple
from functools import partial

import numpy as np

from peers import scratch
from peers.claims import Study, claim
from peers.claims.timing import once
from peers.suite.workload import Unavailable

FORK = multiprocessing.get_context("fork")
STEPS = 10_000_000


def names():
    print(f"process {multiprocessing.current_process().name}, thread {threading.current_thread().name}")


def crunch_numbers(steps=STEPS):
    names()
    x = 0
    while x < steps:
        x += 1


def only_sleep(pause=2):
    names()
    time.sleep(pause)


def run_all(kind, work, how, count=4):
    """Four threads or processes, begun by `start` or, as published, by `run`, after which a join is impossible."""
    workers = [kind(target=work) for _ in range(count)]
    for worker in workers:
        getattr(worker, how)()
    if how == "start":
        for worker in workers:
            worker.join()


@claim("threads-or-processes")
def threads_or_processes(_, pause=2, steps=STEPS):
    """Both experiments, serially and with four threads; the one that computes also with four processes."""
    works = {"sleeping": partial(only_sleep, pause), "CPU": partial(crunch_numbers, steps)}
    took = lambda kind, work, how: once(lambda: run_all(kind, work, how))[0]

    def published():
        figures = {}
        for name, work in works.items():
            figures[f"{name}, serial"] = once(lambda: [work() for _ in range(4)])[0]
            figures[f"{name}, threads"] = took(threading.Thread, work, "start")
        return figures | {"CPU, processes by run()": took(FORK.Process, works["CPU"], "run")}

    corrected = lambda: {"CPU, processes by start()": took(FORK.Process, works["CPU"], "start")}
    return Study(published, corrected, never_started)


def never_started():
    """Finds whether `run()` does the work of a process in its parent."""
    where = []
    run_all(FORK.Process, lambda: where.append(os.getpid()), "run")
    if set(where) == {os.getpid()}:
        yield "run() does the work of all processes in their parent, one after the other: none was started"


def complex_operation(index, count=STEPS):
    """An element at a time; the list is dropped."""
    print(f"operation {index}")
    [math.exp(i) * math.sinh(i) for i in [1] * count]


def complex_operation_numpy(index, count=STEPS):
    print(f"operation {index}, NumPy")
    data = np.ones(count)
    np.exp(data) * np.sinh(data)


# functions of a system: submits the tasks, says whether results are still pending, and waits for all results
System = namedtuple("System", "submit pending read")


@claim("asynchronous-submit")
def asynchronous_submit(stack, tasks=10, ray_tasks=8, count=STEPS):
    """Stops the clock when `map` of a direct view returns, without a wait; then when its results are read."""
    work, work_numpy = partial(complex_operation, count=count), partial(complex_operation_numpy, count=count)
    pool = stack.enter_context(FORK.Pool(10))  # before there are threads
    view = engines(stack)[:]
    systems = {"ipyparallel": on_view(view, work, tasks), "ipyparallel, NumPy": on_view(view, work_numpy, tasks)}
    try:
        remote, ray = ray_of(stack, complex_operation)
    except (Unavailable, ImportError):
        ray = None  # its figure is missing

    def published():
        took = {"serial": once(lambda: [work(i) for i in range(tasks)])[0]}
        took["multiprocessing, results read"] = once(lambda: pool.map(work, range(tasks)))[0]
        for name, system in systems.items():
            took[f"{name}, submitted"], submitted = once(system.submit)
            system.read(submitted)  # so that the next system does not share the machine
        if ray:
            took["Ray, results read"] = once(lambda: ray.get([remote.remote(i, count) for i in range(ray_tasks)]))[0]
        return took

    def corrected():
        return {f"{name}, results read": once(lambda: each.read(each.submit()))[0] for name, each in systems.items()}

    return Study(published, corrected, lambda: never_read(systems))


def never_read(systems):
    """Finds whether the clock stopped before any system had all results."""
    pending = []
    for name, system in systems.items():
        submitted = system.submit()
        pending += [name] if system.pending(submitted) else []
        system.read(submitted)
    if len(pending) == len(systems):
        yield f"the clock stops at the submission, when results are still to come ({' and '.join(pending)})"


def on_view(view, work, tasks):
    """A direct view, which deals the tasks out to its engines."""
    return System(
        lambda: view.map(work, range(tasks)),
        lambda results: not results.ready(),
        lambda results: results.get(),
    )


def engines(stack):
    """A client of ipyparallel with an engine for each core, the number that `ipcluster start` starts."""
    import ipyparallel

    folder = stack.enter_context(scratch.folder("ipython"))
    os.environ["IPYTHONDIR"] = folder
    count = len(os.sched_getaffinity(0))
    cluster = ipyparallel.Cluster(n=count, ipython_dir=folder, profile_dir=folder, log_level=logging.ERROR)
    client = cluster.start_and_connect_sync(activate=False)
    stack.callback(lambda: (client.close(), cluster.stop_cluster_sync()))
    return client


def worker_id():
    return os.getpid()


def ray_of(stack, work, cores=None):
    """A function as Ray's remote function, and Ray, which runs until the stack closes."""
    import ray

    os.environ.update({"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "RAY_DEDUP_LOGS": "0"})
    os.environ |= {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
    folder = stack.enter_context(scratch.folder("ray"))
    options = {"include_dashboard": False, "log_to_driver": False, "logging_level": logging.ERROR}
    cores = cores or len(os.sched_getaffinity(0))
    try:
        ray.init(num_cpus=cores, object_store_memory=256 << 20, _temp_dir=folder, **options)
    except Exception as error:
        ray.shutdown()
        raise Unavailable(f"Ray does not start here, so run it again on a quiet machine: {error}") from None
    stack.callback(ray.shutdown)
    remote = ray.remote(work)
    warm = ray.remote(worker_id)
    ray.get([warm.remote() for _ in range(4 * cores)])
    return remote, ray
