"""mpi4py: the program runs once for each worker, and the processes pass NumPy arrays to each other by MPI."""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import ExitStack

import numpy as np

from peers import scratch
from peers.cells import cell, start
from peers.load import dies_with_parent
from peers.suite.workload import Unavailable

LIBRARIES = ["mpi4py", "numpy"]

TECHNIQUES = {
    "mpi4py": {
        "idea": "the same program in every process; they exchange arrays by MPI, without pickling",
        "gives": "the interface and the networks of supercomputers, microseconds per message",
        "costs": "work divided by hand, waiting processes that occupy their cores, and one failure ends all",
        "cores": "workers",
    }
}

START_LIMIT_S = 150  # each rank imports Numba, which takes long on a busy machine


@start("mpi4py")
def ranks(count):
    """Starts `peers.mpi4py_program` under `mpirun`; calls and results go through sockets."""
    if shutil.which("mpirun") is None:
        raise Unavailable("mpirun is not on PATH; run `apt-get install openmpi-bin`")
    with ExitStack() as stack:
        folder = stack.enter_context(scratch.folder("mpi"))
        memory = stack.enter_context(scratch.folder("mpi", "/dev/shm"))
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(os.path.join(folder, "calls"))
        listener.listen(count)
        launcher = launch(count, folder, memory, listener.getsockname())
        stack.callback(end, launcher)
        channels = [stack.enter_context(channel) for channel in accept(listener, count, launcher)]
        yield Ranks(channels)


def launch(count, folder, memory, address):
    """Starts the ranks, with Open MPI's files in our folders, which are deleted even if it is killed."""
    settings = {"orte_tmpdir_base": folder, "btl_vader_backing_directory": memory}
    settings["mpi_yield_when_idle"] = "1"  # a waiting rank polls; this makes it yield its core to busy ones
    flags = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", str(count)]
    flags += [word for setting in settings.items() for word in ("--mca", *setting)]
    # the module mpi4py ends all ranks if one raises an exception; a rank has one thread, so MPI needs no locks
    program = [sys.executable, "-m", "mpi4py", "-rc", "threads=False", "-m", "peers.mpi4py_program"]
    return subprocess.Popen(
        ["mpirun", *flags, *program],
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PARALLAX_MPI4PY_CALLS": address},
        start_new_session=True,
        preexec_fn=dies_with_parent,
    )


def accept(listener, count, launcher):
    """The channels to all ranks, in their order."""
    channels, deadline = {}, time.monotonic() + START_LIMIT_S
    listener.settimeout(0.2)
    while len(channels) < count:
        try:
            channel, _ = listener.accept()
        except TimeoutError:
            if launcher.poll() is not None:
                raise RuntimeError(f"mpirun could not start the ranks; it ended with {launcher.poll()}") from None
            if time.monotonic() > deadline:
                raise RuntimeError(f"mpirun did not start the ranks within {START_LIMIT_S} seconds") from None
            continue
        channel.settimeout(None)
        (rank,) = struct.unpack("<I", channel.recv(4, socket.MSG_WAITALL))
        channels[rank] = channel
    return [channels[rank] for rank in range(count)]


def end(launcher):
    """Waits until the ranks, whose channels are closed, have ended; kills them if they do not."""
    try:
        launcher.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(launcher.pid, signal.SIGKILL)  # the ranks die with it
        launcher.wait()


class Ranks:
    """The channels to the ranks: a call goes to all of them, and rank 0 sends the result."""

    def __init__(self, channels):
        self.channels = channels

    def load(self, work):
        """Makes the input in every rank; returns when all have it."""
        self.call(list(work.names), np.empty(1, np.uint8))

    def solve(self, shape, dtype):
        """The result of a run on the input that was loaded."""
        return self.call([], np.empty(shape, dtype))

    def call(self, names, answer):
        """Sends a call to all ranks and fills `answer`."""
        line = json.dumps(names).encode() + b"\n"
        try:
            for channel in self.channels:
                channel.sendall(line)
            if self.channels[0].recv_into(answer, answer.nbytes, socket.MSG_WAITALL) == answer.nbytes:
                return answer
        except ConnectionError:
            pass
        raise RuntimeError("a rank ended, and with it all others")


def loaded(work, ranks):
    ranks.load(work)
    return work


@cell("montecarlo", "mpi4py", load=loaded, kernel="mpi4py_program.py:montecarlo")
def montecarlo(_, ranks):
    return int(ranks.solve(1, np.int64)[0])


@cell("julia", "mpi4py", load=loaded, kernel="mpi4py_program.py:julia")
def julia(work, ranks):
    return ranks.solve((len(work.ys), len(work.xs)), np.int32)


@cell("heat", "mpi4py", load=loaded, kernel="mpi4py_program.py:heat")
def heat(work, ranks):
    return ranks.solve(work.initial.shape, np.float64)


@cell("taskgraph", "mpi4py", load=loaded, kernel="mpi4py_program.py:taskgraph")
def taskgraph(work, ranks):
    return ranks.solve(work.width, np.uint64)
