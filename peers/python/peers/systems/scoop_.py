"""SCOOP: `futures.map` over processes that connect through a broker, made for clusters."""

import os
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Listener
from pathlib import Path

from peers import scratch
from peers.cells import cell, start
from peers.load import dies_with_parent

LIBRARIES = ["numba", "scoop"]

TECHNIQUES = {
    "scoop": {
        "idea": "the program is started once for each worker, and `futures.map` distributes calls among them",
        "gives": "futures over processes, on one machine or many, without a scheduler to operate",
        "costs": "its launcher must start the whole program, and idle workers poll",
        "cores": "workers",
        "daemons": True,
    }
}


@start("scoop")
def workers(count):
    """Starts `peers.scoop_program` under SCOOP's launcher; calls and results go through a socket."""
    program = Path(__file__).parent.parent / "scoop_program.py"
    with scratch.folder("scoop") as folder:
        with Listener(os.path.join(folder, "calls"), "AF_UNIX") as listener:
            listener._listener._socket.settimeout(150)
            command = [sys.executable, "-m", "scoop", "-n", str(count), str(program)]
            environment = os.environ | {"PARALLAX_SCOOP_CALLS": listener.address}
            launcher = subprocess.Popen(
                command, env=environment, start_new_session=True, preexec_fn=dies_with_parent, cwd=folder
            )
            try:
                with listener.accept() as connection:
                    yield lambda work: call(connection, work, count)
                    connection.send(None)
            except socket.timeout:
                raise RuntimeError("SCOOP's launcher did not start its program within 150 seconds") from None
            finally:
                try:
                    os.killpg(launcher.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                launcher.wait()


def call(connection, work, workers):
    """The result of a workload, whose input `peers.scoop_program` makes itself from the names."""
    connection.send((work.names, workers))
    return connection.recv()


def known(work, call):
    """Does a first run, in which each process compiles its functions and makes the input."""
    call(work)
    return work


@cell("montecarlo", "scoop", load=known, kernel="scoop_program.py:montecarlo")
def montecarlo(work, call):
    return call(work)


@cell("treesearch", "scoop", load=known, kernel="scoop_program.py:treesearch")
def treesearch(work, call):
    return call(work)


@cell("taskgraph", "scoop", load=known, kernel="scoop_program.py:taskgraph")
def taskgraph(work, call):
    return call(work)
