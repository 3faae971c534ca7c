"""Claims about HTTP servers in Python: the same few bytes from each, asked for over loopback."""

import sys

from peers.claims import Study, claim
from peers.claims.http_server import HELLO, JSON_HELLO
from peers.claims.served import free_port, requests_per_second, started
from peers.suite.workload import Unavailable

SATURATED = 0.97  # of a core
OWN = "peers.claims.http_server"


def uvicorn(app, parser="httptools"):
    """Its command; it is one process on uvloop."""
    import uvicorn

    assert uvicorn
    command = [sys.executable, "-m", "uvicorn", "--interface", "asgi3", "--no-access-log", "--log-level", "warning"]
    return lambda port: [*command, "--http", parser, "--loop", "uvloop", "--port", str(port), f"{OWN}:{app}"]


def granian(app):
    """Its command, with the flags of its own benchmark; one worker, one thread."""
    import granian

    assert granian
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--log-level", "warning", "--backlog", "2048"]
    flags = ["--no-ws", "--http", "1", "--workers", "1", "--runtime-threads", "1", "--loop", "uvloop"]
    return lambda port: [*command, *flags, "--host", "127.0.0.1", "--port", str(port), f"{OWN}:{app}"]


def own(name):
    """A framework with a server of its own."""
    return lambda port: [sys.executable, "-m", OWN, name, str(port)]


def rates(stack, commands, body, connections, lasts):
    """A protocol that asks all servers in turn, which are started once."""
    ports = {}
    for name, command in commands.items():
        ports[name] = free_port()
        started(stack, command(ports[name]), ports[name])
        requests_per_second(ports[name], "/", body, min(connections), lasts / 4)  # the first are slow

    def protocol():
        found = {}
        for name, port in ports.items():
            each = [requests_per_second(port, "/", body, count, lasts) for count in connections]
            rate, busy = max(each)
            if busy > SATURATED:
                raise Unavailable(f"the client is the limit, not {name}; run it on a machine with more cores")
            found |= {f"{name}, requests a second": rate, f"{name}, how busy the client was": busy}
        return found

    return protocol


@claim("granian-readme")
def granian_readme(stack, lasts=0.8, connections=(64, 128)):
    """Four bytes of text; the best of several numbers of connections, as published."""
    commands = {
        "Granian": granian("text"),
        "uvicorn with httptools": uvicorn("text"),
        "uvicorn with h11": uvicorn("text", "h11"),
    }
    return Study(rates(stack, commands, HELLO, connections, lasts))


@claim("sanic-readme")
def sanic_readme(stack, lasts=1.0, connections=100):
    """A small JSON document from one process, with a hundred connections."""
    commands = {name: own(name.lower()) for name in ("Sanic", "aiohttp", "Tornado")}
    return Study(rates(stack, commands, JSON_HELLO, [connections], lasts))


@claim("fastapi-order")
def fastapi_order(stack, lasts=1.0, connections=64):
    """The server by itself, a thin layer on it, and a framework on that."""
    import fastapi  # noqa: F401
    import starlette  # noqa: F401

    commands = {
        "uvicorn": uvicorn("json"),
        "Starlette": uvicorn("starlette_json"),
        "FastAPI": uvicorn("fastapi_json"),
    }
    return Study(rates(stack, commands, JSON_HELLO, [connections], lasts))
