"""The program that SCOOP's launcher starts once for each worker; the first process receives the calls to make.

The loops over rows and rounds are here, so that only the name of an input and a result pass between that process and
ours.
"""

import os
from multiprocessing.connection import Client

from scoop import futures

from peers import suite
from peers.pieces import count_inside, in_rounds, known_grid, named_block, parts, row_by_row, walk_hand


def montecarlo(names, workers):
    """A part of the samples for each worker."""
    work = suite.make(*names)
    return sum(map_all(count_inside, [(work.seed, *part) for part in parts(work.samples, workers)]))


def treesearch(names, workers):
    """Shares of nodes, dealt out again in each round; rounds are long, since a call takes a millisecond."""
    walk = lambda calls: map_all(walk_hand, calls)
    return in_rounds(suite.make(*names), workers, walk, most=1 << 19)


def taskgraph(names, workers):
    """Row by row; every process makes the graph once."""
    share_out = lambda calls: map_all(named_block, [(names, *call) for call in calls])
    return row_by_row(known_grid(*names), workers, share_out)


def map_all(function, calls):
    return list(futures.map(function, *zip(*calls)))


SOLVE = {"montecarlo": montecarlo, "treesearch": treesearch, "taskgraph": taskgraph}

if __name__ == "__main__":
    with Client(os.environ["PARALLAX_SCOOP_CALLS"], "AF_UNIX") as connection:
        while (job := connection.recv()) is not None:
            names, workers = job
            connection.send(SOLVE[names[0]](names, workers))
