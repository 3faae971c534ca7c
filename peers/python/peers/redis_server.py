"""Starts an in-memory Redis server, which ends with this process."""

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from peers import scratch
from peers.load import dies_with_parent
from peers.suite.workload import Unavailable

START_LIMIT_S = 60


@contextmanager
def server():
    """Starts a server on a free loopback port; yields the port, and the path of a Unix socket, which is faster."""
    program = shutil.which("redis-server")
    if program is None:
        raise Unavailable("redis-server is not on PATH; run `apt-get install redis-server`")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with scratch.folder("redis") as folder:
        path = Path(folder, "socket")
        where = ["--port", str(port), "--bind", "127.0.0.1", "--unixsocket", str(path), "--dir", folder]
        command = [program, *where, "--save", "", "--appendonly", "no"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=dies_with_parent)
        try:
            _wait_for(path, process)
            yield port, str(path)
        finally:
            process.kill()
            process.wait()


def _wait_for(path, process):
    """Waits until the server listens."""
    deadline = time.monotonic() + START_LIMIT_S
    while not path.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server of Redis does not start; its exit status is {process.poll()}")
        time.sleep(0.01)
