"""Claims about HTTP servers in Python: each serves the same few bytes over loopback."""

import sys
import time
from contextlib import ExitStack

from peers.claims import Study, claim
from peers.claims.http_server import HELLO, JSON_HELLO, JSON_TRUE
from peers.claims.served import free_port, requests_per_second, started

OWN = "peers.claims.http_server"


def uvicorn(app, parser="httptools"):
    """The command of uvicorn; it is one process, on uvloop if that is installed."""
    import uvicorn

    assert uvicorn
    command = [sys.executable, "-m", "uvicorn", "--interface", "asgi3", "--no-access-log", "--log-level", "warning"]
    return lambda port: [*command, "--http", parser, "--port", str(port), f"{OWN}:{app}"]


def granian(app):
    """The command of Granian, with the flags of its own benchmark: one worker, one thread."""
    import granian

    assert granian
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--log-level", "warning", "--backlog", "2048"]
    flags = ["--no-ws", "--http", "1", "--workers", "1", "--runtime-threads", "1", "--loop", "uvloop"]
    return lambda port: [*command, *flags, "--host", "127.0.0.1", "--port", str(port), f"{OWN}:{app}"]


def own(name):
    """The command of a framework with its own server."""
    return lambda port: [sys.executable, "-m", OWN, name, str(port)]


def rates(stack, commands, body, lasts, connections):
    """Starts all servers once; returns a protocol that measures them in turn."""
    ports = {}
    for name, command in commands.items():
        ports[name] = free_port()
        started(stack, command(ports[name]), ports[name])
        requests_per_second(ports[name], "/", body, connections, 1)  # the first requests are slow
    ask = lambda port: requests_per_second(port, "/", body, connections, lasts)
    return lambda: {f"{name}, requests a second": ask(port) for name, port in ports.items()}


@claim("granian-readme")
def granian_readme(_, lasts=10, connections=(64, 128, 256, 512), first=4, warms=3, pause=3):
    """Four bytes of text; the best of several numbers of connections, after a first run and a warm-up."""
    commands = {
        "Granian": granian("text"),
        "uvicorn with httptools": uvicorn("text"),
        "uvicorn with h11": uvicorn("text", "h11"),
    }

    def best(command):
        with ExitStack() as stack:
            port = free_port()
            started(stack, command(port), port)
            found = []
            for seconds, count in [(first, 8), (warms, max(connections)), *((lasts, count) for count in connections)]:
                time.sleep(pause)
                found.append(requests_per_second(port, "/b", HELLO, count, seconds))
            return max(found[2:])

    return Study(lambda: {f"{name}, requests a second": best(command) for name, command in commands.items()})


@claim("sanic-readme")
def sanic_readme(stack, lasts=10, connections=100):
    """A small JSON document from one process, with a hundred connections."""
    commands = {name: own(name.lower()) for name in ("Sanic", "aiohttp", "Tornado")}
    return Study(rates(stack, commands, JSON_TRUE, lasts, connections))


@claim("fastapi-order")
def fastapi_order(stack, lasts=2, connections=64):
    """The server alone, a thin layer on it, and a framework on that layer."""
    import fastapi  # noqa: F401
    import starlette  # noqa: F401

    commands = {
        "uvicorn": uvicorn("json"),
        "Starlette": uvicorn("starlette_json"),
        "FastAPI": uvicorn("fastapi_json"),
    }
    return Study(rates(stack, commands, JSON_HELLO, lasts, connections))
