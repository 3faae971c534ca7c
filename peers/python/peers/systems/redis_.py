"""Redis: a table in a server, which executes commands one after the other, for any number of clients."""

from contextlib import contextmanager
from functools import cache

import redis

from peers import operations, redis_server
from peers.cells import cell, start
from peers.crew import Crew
from peers.operations import Reader, after, entry, table_of
from peers.pieces import parts

LIBRARIES = ["redis", "numba", "numpy"]

TECHNIQUES = {
    "redis": {
        "idea": "a server has the table; clients read up to 64 entries at a time, and replace one by a script",
        "gives": "state that programs and machines share without locks of their own: a command is atomic",
        "costs": "a message each way, and the speed of one thread for all clients",
        "cores": "workers",
        "daemons": True,
    }
}

BATCH = 64  # entries that are read by one command

# Replaces an entry, unless it was replaced since it was read.
REPLACE = """
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2])
return 1
"""


@start("redis")
def server(workers):
    """The path of a server's Unix socket, which is faster than a port."""
    with redis_server.server() as (_, path):
        yield path, workers


@cache
def connected(path):
    """The connection of a process, which it keeps, and the script."""
    client = redis.Redis(unix_socket_path=path)
    return client, client.register_script(REPLACE)


def _operate(path, keys, work, first, last):
    """A client's share of the operations."""
    client, replace = connected(path)
    reader = Reader(work.entries)
    for block in operations.blocks(work, first, last):
        pairs = []
        for reads, changed in operations.stretches(block):
            wanted = [keys[entry] for entry in (reads if changed is None else [*reads, changed])]
            for k in range(0, len(wanted), BATCH):
                pairs += client.mget(wanted[k : k + BATCH])
            if changed is not None:
                pair = pairs.pop()
                while not replace(keys=[keys[changed]], args=[pair, after(pair)]):
                    pair = client.get(keys[changed])
        reader.see(block[block >= 0], b"".join(pairs))
    return reader.told()


@contextmanager
def clients(work, started):
    """A process for each worker, with its own connection."""
    path, workers = started
    keys = [b"%d" % k for k in range(work.entries)]
    with Crew([(_operate, path, keys, work, *part) for part in parts(work.n, workers)]) as crew:
        client, _ = connected(path)
        yield keys, client, crew


@cell("lookup", "redis", load=clients, slow={"headline": "half a minute", "medium": "a minute", "large": "minutes"})
def lookup(loaded, _):
    keys, client, crew = loaded
    client.mset(dict.fromkeys(keys, entry(0)))
    crew.begin()
    told = crew.results()
    return operations.result(table_of(client.mget(keys)), told)
