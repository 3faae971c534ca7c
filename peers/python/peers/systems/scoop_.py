"""SCOOP: `futures.map` over processes that connect through a broker; it is made for clusters."""

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

LIBRARIES = ["scoop"]

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
            listener._listener._socket.settimeout(30)
            command = [sys.executable, "-m", "scoop", "-n", str(count), str(program)]
            environment = os.environ | {"PARALLAX_SCOOP_CALLS": listener.address}
            launcher = subprocess.Popen(
                command, env=environment, start_new_session=True, preexec_fn=dies_with_parent, cwd=folder
            )
            try:
                with listener.accept() as connection:
                    yield lambda name, arguments: call(connection, name, arguments)
                    connection.send(None)
            except socket.timeout:
                raise RuntimeError("SCOOP's launcher did not start its program within 30 seconds") from None
            finally:
                try:
                    os.killpg(launcher.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                launcher.wait()


def call(connection, name, arguments):
    """The results of a function of `peers.scoop_program` for each of the arguments."""
    connection.send((name, list(arguments)))
    return connection.recv()


@cell("montecarlo", "scoop", kernel="scoop_program.py:montecarlo")
def montecarlo(work, call):
    return sum(call("montecarlo", parts_of(work, 16)))


def parts_of(work, count):
    from peers.pieces import parts

    return [(work.seed, *part) for part in parts(work.samples, count)]


@cell("treesearch", "scoop", kernel="scoop_program.py:branch")
def treesearch(work, call):
    """Branches of the root, sixteen to a call."""
    branches = work.branches()
    groups = [branches[k : k + 16] for k in range(0, len(branches), 16)]
    return work.with_root(call("branch", [(group, work.odds, work.CHILDREN) for group in groups]))


@cell("taskgraph", "scoop", slow={"medium": "a minute and more"}, kernel="scoop_program.py:node")
def taskgraph(work, call):
    """Row by row."""
    previous = []
    for own, needs in zip(work.own, work.needs):
        row = [(h, [previous[q] for q in need], work.turns) for h, need in zip(own, needs)]
        previous = call("node", row)
    return previous
