"""A server in a process of its own: `python -m peers.server MODULE:FUNCTION DESCRIPTOR WORKERS`.

The routes are the suite's: /plaintext, /json/{k}, /cpu/{k}?it={n} and /echo. What each answers is here, once, so
that servers differ in nothing but how they serve.
"""

import socket
import sys
from importlib import import_module

from peers.suite.random import mix1, spin1

TEXT, JSON, BYTES = "text/plain", "application/json", "application/octet-stream"
HELLO = b"Hello, World!"


def word(k):
    """What /json/{k} answers."""
    return f'{{"k":{k},"h":"{mix1(k):016x}"}}'.encode()


def work(k, turns):
    """What /cpu/{k}?it={turns} answers."""
    return f"{spin1(k, turns):016x}".encode()


if __name__ == "__main__":
    module, function = sys.argv[1].split(":")
    listener = socket.socket(fileno=int(sys.argv[2]))
    getattr(import_module(module), function)(listener, int(sys.argv[3]))
