"""Runs a server in a separate process: `python -m peers.server MODULE:FUNCTION DESCRIPTOR WORKERS`.

The routes are those of the workload `serve`: /plaintext, /json/{k}, /cpu/{k}?it={n} and /echo. Compiled code here
makes the bodies of the answers, so servers differ only in how they serve them.
"""

import os
import socket
import sys
from importlib import import_module

from peers.load import dies_with_parent
from peers.pieces import mix, spin

TEXT, JSON, BYTES = "text/plain", "application/json", "application/octet-stream"
HELLO = b"Hello, World!"


def json_body(k):
    """The answer of /json/{k}."""
    return f'{{"k":{k},"h":"{mix(k):016x}"}}'.encode()


def cpu_body(k, turns):
    """The answer of /cpu/{k}?it={turns}."""
    return f"{spin(k, turns):016x}".encode()


def socket_of_its_own(listener, workers):
    """Forks a process for each worker; each has its own socket at the same port, and the kernel divides connections.

    If they shared one socket, a process that wakes up would take all connections that wait there.
    """
    address = listener.getsockname()
    sockets = [listener] + [socket.create_server(address, backlog=1024, reuse_port=True) for _ in range(workers - 1)]
    own = sockets[0]
    for other in sockets[1:]:
        if os.fork() == 0:
            dies_with_parent()
            own = other
            break
    for each in sockets:
        if each is not own:
            each.close()
    return own


if __name__ == "__main__":
    module, function = sys.argv[1].split(":")
    listener = socket.socket(fileno=int(sys.argv[2]))
    getattr(import_module(module), function)(listener, int(sys.argv[3]))
