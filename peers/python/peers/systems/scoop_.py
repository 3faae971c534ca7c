"""SCOOP: `futures.map` over processes that find each other through a broker; made for clusters of machines."""

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
        "idea": "the program is started once per worker, and `futures.map` deals calls among them",
        "gives": "futures over processes, on one machine or many, without a scheduler to run",
        "costs": "its launcher must start the whole program, and who waits for work polls",
        "cores": "workers",
        "daemons": True,
    }
}


@start("scoop")
def workers(count):
    """`peers.scoop_program` under SCOOP's launcher; what to do goes to it, and results come back, by a socket."""
    program = Path(__file__).parent.parent / "scoop_program.py"
    with scratch.folder("scoop") as folder:
        with Listener(os.path.join(folder, "line"), "AF_UNIX") as listener:
            listener._listener._socket.settimeout(30)
            command = [sys.executable, "-m", "scoop", "-n", str(count), str(program)]
            environment = os.environ | {"PARALLAX_LINE": listener.address}
            launcher = subprocess.Popen(
                command, env=environment, start_new_session=True, preexec_fn=dies_with_parent, cwd=folder
            )
            try:
                with listener.accept() as line:
                    yield lambda name, calls: ask(line, name, calls)
                    line.send(None)
            except socket.timeout:
                raise RuntimeError("SCOOP's launcher does not start its program") from None
            finally:
                try:
                    os.killpg(launcher.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                launcher.wait()


def ask(line, name, calls):
    """The results of a function of `peers.scoop_program` on each of the arguments."""
    line.send((name, list(calls)))
    return line.recv()


@cell("montecarlo", "scoop", kernel="scoop_program.py:montecarlo")
def montecarlo(work, ask):
    return sum(ask("montecarlo", parts_of(work, 16)))


def parts_of(work, count):
    from peers.pieces import parts

    return [(work.seed, *part) for part in parts(work.samples, count)]


@cell("treesearch", "scoop", kernel="scoop_program.py:branch")
def treesearch(work, ask):
    """Branches of the root, sixteen to a call."""
    branches = work.branches()
    some = [branches[k : k + 16] for k in range(0, len(branches), 16)]
    return work.with_root(ask("branch", [(part, work.odds, work.CHILDREN) for part in some]))


@cell("taskgraph", "scoop", slow={"medium": "a minute and more"}, kernel="scoop_program.py:node")
def taskgraph(work, ask):
    """Row by row."""
    before = []
    for own, needs in zip(work.own, work.needs):
        row = [(h, [before[q] for q in need], work.turns) for h, need in zip(own, needs)]
        before = ask("node", row)
    return before
