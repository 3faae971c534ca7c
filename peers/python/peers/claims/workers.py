"""Threads, processes and clusters: whether they were started at all, and whether their results were waited for."""

import logging
import multiprocessing
import os
import threading
import time
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor

from peers import scratch
from peers.claims import Study, claim
from peers.claims.timing import once, repeats
from peers.suite.workload import Unavailable

FORK = multiprocessing.get_context("fork")
LENGTH = 8_000_000  # steps of a countdown of about a third of a second


def count_down(n=LENGTH):
    while n:
        n -= 1
    return os.getpid()


def run_all(kind, work, how, count=4):
    """Four threads or processes, begun by `start` or, as published, by `run`."""
    workers = [kind(target=work) for _ in range(count)]
    for worker in workers:
        getattr(worker, how)()
    if how == "start":
        for worker in workers:
            worker.join()


@claim("threads-or-processes")
def threads_or_processes(_, pause=2.0, length=LENGTH):
    count = lambda: count_down(length)
    sleep = lambda: time.sleep(pause)
    took = lambda kind, work, how: repeats(lambda: run_all(kind, work, how), 1)

    def published():
        return {
            "CPU, serial": repeats(lambda: [count() for _ in range(4)], 1),
            "CPU, threads": took(threading.Thread, count, "start"),
            "CPU, processes by run()": took(FORK.Process, count, "run"),
            "sleeping, serial": repeats(lambda: [sleep() for _ in range(4)], 1),
            "sleeping, threads": took(threading.Thread, sleep, "start"),
        }

    corrected = lambda: {"CPU, processes by start()": took(FORK.Process, count, "start")}
    return Study(published, corrected, never_started)


def never_started():
    """Where the work of a process runs that is told to `run()`."""
    where = []
    run_all(FORK.Process, lambda: where.append(os.getpid()), "run")
    if set(where) == {os.getpid()}:
        yield "run() does the work of all processes in their parent, one after the other: none was started"


def sum_of_squares(n=2_000_000):
    return sum(k * k for k in range(n))


# how a system submits the tasks, how many of their results are not there yet, and how it waits for all
System = namedtuple("System", "submit pending read")


@claim("asynchronous-submit")
def asynchronous_submit(stack, tasks=4, work=sum_of_squares):
    """Four tasks: the clock stops when they are submitted, and then when their results are read."""
    pool = stack.enter_context(ProcessPoolExecutor(2, mp_context=FORK))
    list(pool.map(abs, range(8)))
    systems = {"ipyparallel": ipyparallel_system(stack, tasks, work)}
    try:
        systems["Ray"] = ray_system(stack, tasks, work)
    except (Unavailable, ImportError):
        pass  # the statement on it is refused
    by_processes = lambda: [future.result() for future in [pool.submit(work) for _ in range(tasks)]]
    reads = {name: lambda system=system: system.read(system.submit()) for name, system in systems.items()}
    reads["multiprocessing"] = by_processes
    right = [work()] * tasks
    for name, read in reads.items():
        assert read() == right, name

    def published():
        took = {"serial": repeats(lambda: [work() for _ in range(tasks)], 1)}
        took["multiprocessing, results read"] = repeats(by_processes, 1)
        for name, system in systems.items():
            took[f"{name}, submitted"], submitted = once(system.submit)
            assert system.read(submitted) == right, name
        return took

    def corrected():
        took = {f"{name}, results read": repeats(read, 1) for name, read in reads.items()}
        return took | {"serial": repeats(lambda: [work() for _ in range(tasks)], 1)}

    return Study(published, corrected, lambda: never_read(systems))


def never_read(systems):
    """Whether any system had all results when the clock stopped."""
    pending = {}
    for name, system in systems.items():
        submitted = system.submit()
        pending[name] = system.pending(submitted)
        system.read(submitted)
    if all(pending.values()):
        told = ", ".join(f"{count} with {name}" for name, count in pending.items())
        yield f"the clock stops at the submission, when results are still to come ({told})"


def ipyparallel_system(stack, tasks, work):
    view = engines(stack)
    return System(
        lambda: [view.apply_async(work) for _ in range(tasks)],
        lambda results: sum(not result.ready() for result in results),
        lambda results: [result.get() for result in results],
    )


def ray_system(stack, tasks, work):
    remote, ray = ray_of(stack, work)
    return System(
        lambda: [remote.remote() for _ in range(tasks)],
        lambda results: len(ray.wait(results, num_returns=tasks, timeout=0)[1]),
        ray.get,
    )


def engines(stack):
    """A view on two engines of ipyparallel."""
    import ipyparallel

    folder = stack.enter_context(scratch.folder("ipython"))
    os.environ["IPYTHONDIR"] = folder
    cluster = ipyparallel.Cluster(n=2, ipython_dir=folder, profile_dir=folder, log_level=logging.ERROR)
    client = cluster.start_and_connect_sync(activate=False)
    stack.callback(lambda: (client.close(), cluster.stop_cluster_sync()))
    return client.load_balanced_view()


def worker_id():
    return os.getpid()


def ray_of(stack, work, cores=None):
    """A function as Ray's remote function, and Ray, started for as long as the stack is open."""
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
