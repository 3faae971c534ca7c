"""Celery with Redis: tasks go through a queue in another process to workers, and results come back the same way."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

from celery import Celery, chord, group

from peers import scratch
from peers.cells import cell, start
from peers.load import dies_with_parent
from peers.pieces import inside, parts
from peers.suite.mailbox import tally
from peers.suite.workload import Unavailable
from peers.systems.pure import task

LIBRARIES = ["celery", "redis"]

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
    task_serializer="json",
    result_serializer="json",
    task_ignore_result=False,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=16,
    broker_connection_retry_on_startup=True,
)


@start("celery")
def broker(workers):
    """Redis in memory on a free loopback port, and Celery's worker with a process for each core."""
    program = shutil.which("redis-server")
    if program is None:
        raise Unavailable("redis-server is not on PATH; run `apt-get install redis-server`")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"redis://127.0.0.1:{port}/0"
    quiet = {"stdout": subprocess.DEVNULL, "preexec_fn": dies_with_parent}
    flags = [f"--concurrency={workers}", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [sys.executable, "-m", "celery", "-A", "peers.systems.celery_", "worker", "--loglevel=ERROR", *flags]
    with scratch.folder("redis") as folder, ExitStack() as stack:
        settings = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        redis = subprocess.Popen([program, *settings], **quiet)
        stack.callback(kill, redis)
        environment = os.environ | {"PARALLAX_REDIS": url}
        worker = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)
        stack.callback(kill, worker, group=True)
        app.conf.update(broker_url=url, result_backend=url)
        wait_until_ready(workers, worker)
        yield workers
        app.close()


def kill(process, group=False):
    """Kills a process, or its whole group, and waits for it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL) if group else process.kill()
    process.wait()


def wait_until_ready(workers, worker):
    """Waits until the worker has done a task in each process; the supervisor allows a longer start than this does."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and worker.poll() is None:
        try:
            group(count.s(0, 0, 1) for _ in range(4 * workers))().get(timeout=10)
            return
        except Exception:
            time.sleep(0.2)
    raise RuntimeError(f"Celery's worker does not answer; its exit status is {worker.poll()}")


@app.task
def count(seed, first, last):
    return inside(seed, first, last)


@app.task
def total(counts):
    return sum(counts)


@app.task
def node(h, inputs, turns):
    return task(int(h), [int(value) for value in inputs], turns)


@app.task
def echo(message):
    return message


@cell("montecarlo", "celery")
def montecarlo(work, workers):
    """A chord: a group of tasks, and one task that receives all their results."""
    result = chord((count.s(work.seed, *part) for part in parts(work.samples, 8 * workers)), total.s())()
    return result.get(timeout=170, interval=0.005)


@cell("taskgraph", "celery", slow={"headline": "a minute and more", "medium": "a minute and more"})
def taskgraph(work, _):
    """Row by row: a single canvas of all the chords would take longer to build than to run."""
    previous = []
    for own, needs in zip(work.own, work.needs):
        calls = group(node.s(h, [previous[q] for q in need], work.turns) for h, need in zip(own, needs))
        previous = calls().get(timeout=170, interval=0.005)
    return previous


@cell("mailbox", "celery", cases=["1to1"], slow={"small": "three minutes", "headline": "half an hour", "medium": "hours"})
def mailbox(work, _):
    """Each message is a task whose result is the message; all are sent as a group, so none is waited for alone."""
    received = group(echo.s(message) for message in work.numbers(0))().get(timeout=170, interval=0.005)
    return [tally(received, 1)]
