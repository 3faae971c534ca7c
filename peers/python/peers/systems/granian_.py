"""Granian: a server written in Rust on hyper and Tokio, which calls Python only for the answer."""

import os

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops

from peers.cells import cell
from peers.load import ServerUnderTest
from peers.server import BYTES, HELLO, JSON, TEXT, cpu_body, json_body

LIBRARIES = ["granian", "uvloop"]

TECHNIQUES = {
    "granian": {
        "idea": "Rust reads and writes HTTP, and calls a coroutine for each request by its own interface, RSGI",
        "gives": "most of the savings of a Rust server, for a handler in Python",
        "costs": "an interface of one server, and a hand-over between Rust and Python for each request",
        "cores": "one",
    },
    "granian-workers": {
        "idea": "the same in a process for each worker, each with its own socket at one port",
        "gives": "all cores",
        "costs": "the kernel divides connections by their hash, so one process may get most of them",
        "cores": "workers",
        "daemons": True,
    },
}


async def rsgi(scope, protocol):
    """The four routes, by the path."""
    _, route, *rest = scope.path.split("/")
    if route == "plaintext":
        kind, body = TEXT, HELLO
    elif route == "json":
        kind, body = JSON, json_body(int(rest[0]))
    elif route == "cpu":
        kind, body = TEXT, cpu_body(int(rest[0]), int(scope.query_string.removeprefix("it=")))
    else:
        kind, body = BYTES, await protocol()
    protocol.response_bytes(200, [("content-type", kind)], body)


def run(listener, workers):
    """Serves on Granian's own sockets, so ours is closed first.

    A worker process has one thread for Python and one for Rust, which together may need more than a core; the
    affinity restricts all of them to as many cores as there are workers.
    """
    host, port = listener.getsockname()
    listener.close()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:workers])
    plain = {"http": HTTPModes.http1, "websockets": False, "log_enabled": False, "loop": Loops.uvloop}
    target = {"target": "peers.systems.granian_:rsgi", "interface": Interfaces.RSGI}
    Granian(address=host, port=port, workers=workers, **plain, **target).serve()


def server(work, workers):
    return ServerUnderTest(work, "peers.systems.granian_:run", workers)


@cell("serve", "granian", "granian-workers", load=server)
def serve(served, _):
    """The load driver sends requests to `rsgi` above."""
    return served.closed()
