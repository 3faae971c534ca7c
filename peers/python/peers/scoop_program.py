"""The program that SCOOP's launcher starts, once for each worker; the first of them takes what is to be done."""

import os
from multiprocessing.connection import Client

from scoop import futures

from peers.pieces import inside
from peers.systems.pure import task, walk


def montecarlo(argument):
    return inside(*argument)


def branch(argument):
    return walk(*argument)


def node(argument):
    return task(*argument)


if __name__ == "__main__":
    with Client(os.environ["PARALLAX_LINE"], "AF_UNIX") as line:
        while (job := line.recv()) is not None:
            name, calls = job
            line.send(list(futures.map({"montecarlo": montecarlo, "branch": branch, "node": node}[name], calls)))
