"""Claims about threads, processes and submissions, re-run."""

import multiprocessing
import threading
import time
from concurrent.futures import ProcessPoolExecutor

from peers.claims import claim, each, outcome
from peers.systems.pure import hits

FORK = multiprocessing.get_context("fork")
N = 150_000  # points: a sixth of a second


def _points(_=None):
    return hits(1, 0, N)


def _sleep(_=None):
    time.sleep(0.2)


@claim("asynchronous-submit")
def asynchronous_submit():
    """Submitting alone, and submitting with the results read."""
    serial = each(lambda: [_points() for _ in range(4)], 1)[0]
    with ProcessPoolExecutor(2, mp_context=FORK) as pool:
        list(pool.map(abs, range(8)))
        futures = []
        submitted = each(lambda: futures.extend(pool.submit(_points) for _ in range(4)), 1)[0]
        [future.result() for future in futures]
        read = each(lambda: [future.result() for future in [pool.submit(_points) for _ in range(4)]], 1)[0]
    published = {"serial": serial, "submitted, never read": submitted}
    corrected = {"serial": serial, "submitted and read": read}
    why = f"submitting looks {serial / submitted:.0f}x as fast; with the results read it is {serial / read:.2f}x"
    return outcome("void", why, published, corrected)


def _with(kind, work, how):
    """Four threads or processes, started by `start` or, as published, by `run`."""
    workers = [kind(target=work) for _ in range(4)]
    for worker in workers:
        getattr(worker, how)()
    if how == "start":
        for worker in workers:
            worker.join()


@claim("threads-or-processes")
def threads_or_processes():
    """`run` does the work in the caller, at once; only `start` creates a thread or a process."""
    took = lambda kind, work, how: each(lambda: _with(kind, work, how), 1)[0]
    published = {
        "CPU, serial": each(lambda: [_points() for _ in range(4)], 1)[0],
        "CPU, threads": took(threading.Thread, _points, "start"),
        "CPU, processes by run()": took(FORK.Process, _points, "run"),
        "sleeping, serial": each(lambda: [_sleep() for _ in range(4)], 1)[0],
        "sleeping, threads": took(threading.Thread, _sleep, "start"),
    }
    corrected = {"CPU, processes by start()": took(FORK.Process, _points, "start")}
    gain = published["CPU, serial"] / corrected["CPU, processes by start()"]
    why = f"threads behave as published; the processes were never started: started, they give {gain:.2f}x"
    return outcome("void", why, published, corrected)
