"""An echo server on asyncio's loop and on uvloop's, in the three styles of asyncio, with messages of three sizes."""

import multiprocessing
import socket
import sys
import time

from peers.claims import Study, claim
from peers.claims.served import free_port, started

STYLES = ("sockets", "streams", "protocol")
SIZES_KIB = (1, 10, 100)
CLIENTS = 3


@claim("uvloop-readme")
def uvloop_readme(stack, sizes=SIZES_KIB, lasts=0.4):
    """Three clients, each of which sends a message and waits for it; the clock, not their number, ends a run."""
    import uvloop  # noqa: F401

    ports = {}
    for loop in ("asyncio", "uvloop"):
        for style in STYLES:
            port = ports[style, loop] = free_port()
            started(stack, [sys.executable, "-m", "peers.claims.echo_server", style, loop, str(port)], port)

    def published():
        rates = {}
        for size in sizes:
            for style in STYLES:
                for loop in ("asyncio", "uvloop"):
                    rate = messages_per_second(ports[style, loop], size << 10, lasts)
                    rates[f"{style}, {size} KiB, {loop}, messages a second"] = rate
        return rates

    return Study(published)


def messages_per_second(port, size, lasts):
    """The rate of all clients together, each in a process of its own."""
    context = multiprocessing.get_context("fork")
    done = context.SimpleQueue()
    ready = context.Barrier(CLIENTS)
    clients = [context.Process(target=client, args=(port, size, lasts, ready, done)) for _ in range(CLIENTS)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    assert all(one.exitcode == 0 for one in clients)
    return sum(done.get() for _ in clients) / lasts


def client(port, size, lasts, ready, done):
    """Sends and receives in turn; a wrong answer ends it without a result."""
    message = b"x" * (size - 1) + b"\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        exchange(connection, message)
        ready.wait(10)
        count, end = 0, time.perf_counter() + lasts
        while time.perf_counter() < end:
            exchange(connection, message)
            count += 1
        done.put(count)


def exchange(connection, message):
    connection.sendall(message)
    received = bytearray()
    while len(received) < len(message):
        part = connection.recv(len(message))
        if not part:
            raise ConnectionError("the echo server has hung up")
        received += part
    assert received == message

