"""Claims of Dask and Ray about how long a task must be to be worth handing out."""

import os
import time

import numpy as np

from peers.claims import Study, claim
from peers.claims.timing import once, repeats
from peers.claims.workers import ray_of


def spin(milliseconds):
    """Keeps one core busy for a given time."""
    end = time.thread_time() + milliseconds / 1e3
    while time.thread_time() < end:
        pass
    return milliseconds


@claim("dask-overhead")
def dask_overhead(stack, chunks=1000):
    """An operation on many chunks of one element each, whose time is almost only the scheduler's."""
    from dask import array as da
    from dask import config
    from distributed import Client, LocalCluster

    cores = len(os.sched_getaffinity(0))
    options = {"n_workers": cores, "threads_per_worker": 1, "dashboard_address": None, "memory_limit": 0}
    cluster = stack.enter_context(LocalCluster(**options, silence_logs=50))
    client = stack.enter_context(Client(cluster))

    def overhead(scheduler):
        asked = (da.ones(chunks, chunks=1) + 1).sum(split_every=chunks)
        operations = len(asked.__dask_graph__())  # three for each chunk, and one that adds up their results
        with config.set(scheduler=scheduler):
            took, total = once(lambda: asked.compute(optimize_graph=False))
        assert total == 2 * chunks and operations > 2 * chunks
        return took / operations

    def published():
        schedulers = {"threads": "threads", "distributed": client}
        return {f"{name}, ms a chunk operation": overhead(scheduler) for name, scheduler in schedulers.items()}

    published()  # the first graph starts what the later ones use
    return Study(published)


@claim("dask-chunk-length")
def dask_chunk_length(_, lengths=(1, 10, 100), total=1000):
    """The same work in chunk operations of several lengths, on all cores: the share of the time that is work."""
    from dask import array as da
    from dask import config

    import numba

    cores = len(os.sched_getaffinity(0))

    @numba.njit(nogil=True)
    def work(a, turns):
        x = a[0]
        for _ in range(turns):
            x = x * 0.999999 + 0.5
        a[:] = x
        return a

    took = min(repeats(lambda: work(np.ones(1), 10_000_000), 5))
    a_millisecond = int(10_000_000 / took)
    alone = {}

    def efficiency(length):
        turns, count = int(a_millisecond * length), total // length
        array = da.ones(count, chunks=1).map_blocks(lambda a: work(a.copy(), turns), dtype=float)
        serial, _ = once(lambda: [work(np.ones(1), turns) for _ in range(count)])
        alone[length] = serial
        with config.set(scheduler="threads", num_workers=cores):
            parallel, result = once(array.compute)
        assert np.allclose(result, work(np.ones(1), turns)) and len(result) == count
        return serial / cores / parallel

    efficiency(lengths[0])
    return Study(lambda: {f"efficiency at {n} ms a chunk operation": efficiency(n) for n in lengths})


def tiny(x):
    time.sleep(0.0001)
    return x


def many_tiny(first, last):
    return [tiny(x) for x in range(first, last)]


def nothing(x):
    return x


@claim("ray-tiny-tasks")
def ray_tiny_tasks(stack, count=100_000, part=1000, calls=1000):
    """Sleeps of a tenth of a millisecond: serial, a task for each, and a thousand in a task; four CPUs are declared."""
    remote, ray = ray_of(stack, tiny, 4)
    batch, empty = ray.remote(many_tiny), ray.remote(nothing)

    def published():
        serial, right = once(lambda: [tiny(x) for x in range(count)])
        each, results = once(lambda: ray.get([remote.remote(x) for x in range(count)]))
        spans = [(first, first + part) for first in range(0, count, part)]
        batched, parts = once(lambda: ray.get([batch.remote(*span) for span in spans]))
        assert results == right == sum(parts, [])
        took, _ = once(lambda: [ray.get(empty.remote(x)) for x in range(calls)])
        names = {"serial": serial, "a task for each": each, "a task for a thousand": batched}
        return names | {"an empty task, ms": took / calls}

    return Study(published)


@claim("ray-ten-milliseconds")
def ray_ten_milliseconds(stack, lengths=(1, 5, 100), total=600):
    """CPU-bound tasks of several lengths, submitted together: the speed-up over serial execution."""
    remote, ray = ray_of(stack, spin)

    def speedup(length):
        count = max(total // length, 2)
        serial, right = once(lambda: [spin(length) for _ in range(count)])
        parallel, results = once(lambda: ray.get([remote.remote(length) for _ in range(count)]))
        assert results == right
        return serial / parallel

    return Study(lambda: {f"speed-up at {n} ms a task": speedup(n) for n in lengths})
