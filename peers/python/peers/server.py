"""A server in a process of its own: `python -m peers.server MODULE:FUNCTION DESCRIPTOR WORKERS`.

The routes are those of the workload `serve`: /plaintext, /json/{k}, /cpu/{k}?it={n} and /echo. The bodies of their
answers are made here, by compiled code, so servers differ only in how they serve them.
"""

import socket
import sys
from importlib import import_module

from peers.pieces import mix, spin

TEXT, JSON, BYTES = "text/plain", "application/json", "application/octet-stream"
HELLO = b"Hello, World!"


def json_body(k):
    """The answer of /json/{k}."""
    return f'{{"k":{k},"h":"{mix(k):016x}"}}'.encode()


def cpu_body(k, turns):
    """The answer of /cpu/{k}?it={turns}."""
    return f"{spin(k, turns):016x}".encode()


if __name__ == "__main__":
    module, function = sys.argv[1].split(":")
    listener = socket.socket(fileno=int(sys.argv[2]))
    getattr(import_module(module), function)(listener, int(sys.argv[3]))
