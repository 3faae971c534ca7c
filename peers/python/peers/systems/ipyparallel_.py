"""ipyparallel: a program or a notebook sends calls through a controller to engines, which are interpreters."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import ipyparallel

from peers import scratch
from peers.cells import cell, start
from peers.load import dies_with_parent
from peers.pieces import inside, parts, task

LIBRARIES = ["ipyparallel", "ipykernel", "numba"]

TECHNIQUES = {
    "ipyparallel": {
        "idea": "engines stay alive between calls, and a view of them maps a function over a list",
        "gives": "a cluster behind a notebook, on one machine or many, whose engines keep their variables",
        "costs": "a millisecond and more per call, through a controller in Python",
        "cores": "workers",
        "daemons": True,
    }
}

START_LIMIT_S = 60


@start("ipyparallel")
def engines(workers):
    """A controller in one process and an engine for each worker, in a profile that is deleted with them.

    `ipyparallel.Cluster` does not start them, since its processes outlive a program that is killed.
    """
    with scratch.folder("ipyparallel") as folder, ExitStack() as stack:
        connection = Path(folder, "security", "ipcontroller-client.json")
        launch(stack, folder, "controller", "--ip=127.0.0.1", "--nodb", "--IPController.use_threads=True")
        wait_for(connection)
        for _ in range(workers):
            launch(stack, folder, "engine", "--IPEngine.enable_nanny=False")  # else each would have a second process
        with ipyparallel.Client(str(connection), timeout=START_LIMIT_S) as client:
            client.wait_for_engines(workers, timeout=START_LIMIT_S, interactive=False)
            view = client[:]
            view.map_sync(count, [(0, 0, 1)] * workers)  # the engines import what they need
            yield view


def launch(stack, folder, program, *flags):
    """Starts a program of ipyparallel; at the end it is killed with the processes that it has started."""
    command = [sys.executable, "-m", f"ipyparallel.{program}", f"--profile-dir={folder}", *flags]
    with open(Path(folder, "said"), "ab") as log:
        outputs = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        environment = os.environ | {"IPYTHONDIR": folder}
        group = {"start_new_session": True, "preexec_fn": dies_with_parent}  # it may start others
        process = subprocess.Popen(command, env=environment, **group, **outputs)
    stack.callback(process.wait)
    stack.callback(os.killpg, process.pid, signal.SIGKILL)


def wait_for(connection):
    """Waits for the file that the controller writes when it listens."""
    deadline = time.monotonic() + START_LIMIT_S
    while not connection.exists():
        if time.monotonic() > deadline:
            said = Path(connection.parents[1], "said").read_text(errors="replace")[-500:]
            raise RuntimeError(f"ipyparallel's controller did not start within {START_LIMIT_S} seconds: {said}")
        time.sleep(0.05)


def count(argument):
    return inside(*argument)


def nodes(argument):
    """A part of a row of the graph."""
    tasks, turns = argument
    return [task(h, inputs, turns) for h, inputs in tasks]


@cell("montecarlo", "ipyparallel", kernel="pieces.py:inside")
def montecarlo(work, view):
    """A part for each engine."""
    return sum(view.map_sync(count, work.as_tasks((work.seed, *part) for part in parts(work.samples, len(view)))))


@cell("taskgraph", "ipyparallel", slow={"medium": "a minute and more"}, kernel="pieces.py:task")
def taskgraph(work, view):
    """Row by row; each engine gets a part of the row, with the results that it needs."""
    previous = []
    for own, needs in zip(work.own, work.needs):
        tasks = [(h, [previous[q] for q in need]) for h, need in zip(own, needs)]
        shares = [(tasks[first:last], work.turns) for first, last in parts(len(tasks), len(view))]
        previous = [result for share in view.map_sync(nodes, shares) for result in share]
    return previous
