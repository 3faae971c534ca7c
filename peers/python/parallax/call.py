"""Calls of the measured function from any process: it is read once, from the folder that the environment names."""

import os
from functools import cache

from parallax.work import FOLDER, Work


@cache
def work():
    """The work that this process measures."""
    return Work.read(os.environ[FOLDER])


def one(item):
    """The result of one item."""
    return work().function(item)


def each(items):
    """The results of a piece of the data."""
    function = work().function
    return [function(item) for item in items]


def pieces(data, workers):
    """Contiguous pieces of the data, eight for each worker, so that no worker waits long for the last piece."""
    count = 8 * workers
    edges = [len(data) * k // count for k in range(count + 1)]
    return [data[a:b] for a, b in zip(edges, edges[1:]) if a < b]


def joined(results):
    """The results of all pieces, in one list."""
    return [result for piece in results for result in piece]
