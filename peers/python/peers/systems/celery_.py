"""Celery with Redis: tasks go to workers through a queue in another process, and results come back the same way."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import numpy as np
from celery import Celery, group

from peers import redis_server
from peers.cells import cell, start
from peers.load import dies_with_parent
from peers.pieces import count_inside, named_block, parts, row_by_row
from peers.suite.mailbox import tally

LIBRARIES = ["celery", "numba", "redis"]

TECHNIQUES = {
    "celery": {
        "idea": "a message broker between the program that submits work and the workers that do it",
        "gives": "work that outlives the process that submitted it, retries, schedules, many machines",
        "costs": "a millisecond per task, and a server to run",
        "cores": "workers",
        "daemons": True,
        "environment": {"C_FORCE_ROOT": "1"},
    }
}

app = Celery("peers")
app.conf.update(
    broker_url=os.environ.get("PARALLAX_REDIS", ""),
    result_backend=os.environ.get("PARALLAX_REDIS", ""),
    accept_content=["json", "pickle"],
    task_serializer="pickle",  # arrays as they are; broker and workers are our own
    result_serializer="pickle",
    result_expires=None,  # the server is in memory and ends with this process, so results need no timer
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=64,  # tasks are short, so a worker fetches many at a time
    worker_enable_remote_control=False,
    task_track_started=False,
    broker_connection_retry_on_startup=True,
)


@start("celery")
def broker(workers):
    """Redis in memory on a free loopback port, and Celery's worker with a process for each core."""
    quiet = {"stdout": subprocess.DEVNULL, "preexec_fn": dies_with_parent}
    flags = [f"--concurrency={workers}", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [sys.executable, "-m", "celery", "-A", "peers.systems.celery_", "worker", "--loglevel=ERROR", *flags]
    with redis_server.server() as (port, _), ExitStack() as stack:
        url = f"redis://127.0.0.1:{port}/0"
        environment = os.environ | {"PARALLAX_REDIS": url}
        worker = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)
        stack.callback(kill, worker)
        app.conf.update(broker_url=url, result_backend=url)
        wait_until_ready(workers, worker)
        yield workers
        app.close()


def kill(process):
    """Kills a process and its whole group, and waits for the process."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until_ready(workers, worker):
    """Waits until the worker has done a task in each process; the supervisor's own limit is longer."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and worker.poll() is None:
        try:
            results(count.s(0, 0, 1) for _ in range(4 * workers))
            return
        except Exception:
            time.sleep(0.2)
    raise RuntimeError(f"Celery's worker does not answer; its exit status is {worker.poll()}")


def results(calls):
    """Sends calls, and polls for their results each millisecond; the default of half a second delays the last one."""
    return group(calls)().get(timeout=170, interval=0.001)


@app.task
def count(seed, first, last):
    return count_inside(seed, first, last)


@app.task
def share(names, *call):
    return named_block(names, *call)


@app.task
def echo(message):
    return message


@cell("montecarlo", "celery", kernel="pieces.py:inside")
def montecarlo(work, workers):
    return sum(results(count.s(work.seed, *part) for part in work.as_tasks(parts(work.samples, workers))))


def known(work, workers):
    """Makes the graph in every process of the worker."""
    names = work.names
    results(share.s(names, 0, 0, 1, np.empty(0, np.uint64)) for _ in range(8 * workers))
    return work, names


@cell("taskgraph", "celery", load=known, slow={"medium": "half a minute"}, kernel="pieces.py:named_block")
def taskgraph(loaded, workers):
    """Row by row, a share of the columns in each call, since a call for each task would take longer than the task."""
    work, names = loaded
    return row_by_row(work, workers, lambda calls: results(share.s(names, *call) for call in calls))


@cell("mailbox", "celery", cases=["1to1"], slow={"small": "minutes", "headline": "half an hour", "medium": "hours"})
def mailbox(work, _):
    """Each message is a task whose result is the message; all are sent as a group, and awaited together."""
    return [tally(results(echo.s(message) for message in work.numbers(0)), 1)]
