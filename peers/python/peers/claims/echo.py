"""An echo server on asyncio's loop and on uvloop's, in the three styles of asyncio, with messages of three sizes."""

import multiprocessing
import socket
import sys
import time

from peers.claims import Study, claim
from peers.claims.served import free_port, started

STYLES = ("sockets", "streams", "protocol")
SIZES_KIB = (1, 10, 100)
CLIENTS = 10
PARTS = 3  # of each run, which show its spread
FORK = multiprocessing.get_context("fork")


@claim("uvloop-readme")
def uvloop_readme(stack, sizes=SIZES_KIB, lasts=30.0, warms=10.0):
    """Ten clients, each of which sends a message and waits for its echo, for half a minute, after a warm-up."""
    import uvloop  # noqa: F401

    def published():
        rates = {}
        for style in STYLES:
            for loop in ("asyncio", "uvloop"):
                port = free_port()
                started(stack, [sys.executable, "-m", "peers.claims.echo_server", style, loop, str(port)], port)
                messages_per_second(port, 1024, warms)
                for size in sizes:
                    name = f"{style}, {size} KiB, {loop}, messages a second"
                    rates[name] = messages_per_second(port, size << 10, lasts)
        return rates

    return Study(published, rounds=1)


def messages_per_second(port, size, lasts):
    """The rate of all clients together, each in its own process, for each part of the time."""
    done, end = FORK.SimpleQueue(), time.monotonic() + lasts
    clients = [FORK.Process(target=client, args=(port, size, lasts, end, done)) for _ in range(CLIENTS)]
    for one in clients:
        one.start()
    counts = [done.get() for _ in clients]
    for one in clients:
        one.join()
    failures = [count for count in counts if isinstance(count, str)]
    if failures:
        raise ConnectionError(failures[0])
    return [sum(each) * PARTS / lasts for each in zip(*counts)]


def client(port, size, lasts, end, done):
    """Counts the exchanges in each part of the time; sends the error instead of the counts if an answer is wrong."""
    message, counts = b"x" * size, [0] * PARTS
    try:
        with socket.create_connection(("127.0.0.1", port), 15) as connection:
            while (left := end - time.monotonic()) > 0:
                exchange(connection, message)
                counts[PARTS - 1 - min(int(left / lasts * PARTS), PARTS - 1)] += 1
        done.put(counts)
    except OSError as error:
        done.put(str(error))


def exchange(connection, message):
    connection.sendall(message)
    received = 0
    while received < len(message):
        part = connection.recv(len(message))
        if not part or part.count(b"x") != len(part):
            raise ConnectionError(f"not the echo of the message: {part[:80]!r}")
        received += len(part)
