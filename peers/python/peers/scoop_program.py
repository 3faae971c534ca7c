"""The program that SCOOP's launcher starts once for each worker; the first process receives the calls to make."""

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


FUNCTIONS = {"montecarlo": montecarlo, "branch": branch, "node": node}

if __name__ == "__main__":
    with Client(os.environ["PARALLAX_SCOOP_CALLS"], "AF_UNIX") as connection:
        while (job := connection.recv()) is not None:
            name, arguments = job
            connection.send(list(futures.map(FUNCTIONS[name], arguments)))
