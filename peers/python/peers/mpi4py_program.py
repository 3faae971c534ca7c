"""The program that `mpirun` starts once for each worker: its ranks wait for calls, and compute each call together.

Rank 0 has the arrays of the input when a call comes, and the whole result when it ends. Arrays move as buffers:
methods that begin with a capital, such as `Scatterv`, pass MPI the memory itself, while `scatter` would pickle it.
"""

import json
import os
import socket
import struct

import numpy as np
from mpi4py import MPI

from peers import suite
from peers.load import dies_with_parent
from peers.pieces import columns, columns_after, grid, inside, parts, rows, stencil

WORLD = MPI.COMM_WORLD
RANK, RANKS = WORLD.rank, WORLD.size
RING = WORLD.Create_cart([RANKS], periods=[True])
ABOVE, BELOW = RING.Shift(0, 1)


def at_root(buffer):
    """The buffer in rank 0, and None in the others, which send or receive nothing with it."""
    return buffer if RANK == 0 else None


def montecarlo(work):
    """Every rank counts in its part of the samples; a reduction adds the counts up."""
    hits = inside(work.seed, *parts(work.samples, RANKS)[RANK])
    total = np.empty(1, np.int64)
    WORLD.Reduce(np.array([hits], np.int64), at_root(total))
    return total


def julia(work):
    """Blocks of rows are dealt out cyclically, since their costs differ; rank 0 puts the rows in order."""
    xs, ys = (plane if RANK == 0 else np.empty_like(plane) for plane in (work.xs, work.ys))
    WORLD.Bcast(xs)
    WORLD.Bcast(ys)
    blocks = parts(len(ys), 16 * RANKS)
    hands = [[row for a, b in blocks[rank::RANKS] for row in range(a, b)] for rank in range(RANKS)]
    counts = np.empty((len(hands[RANK]), len(xs)), np.int32)
    done = 0
    for a, b in blocks[RANK::RANKS]:
        counts[done : done + b - a] = rows(xs, ys[a:b], work.limit)
        done += b - a
    gathered, in_order = np.empty((2, len(ys), len(xs)), np.int32)
    WORLD.Gatherv(counts, at_root([gathered, [len(hand) * len(xs) for hand in hands]]))
    if RANK == 0:
        in_order[sum(hands, [])] = gathered
    return in_order


def heat(work):
    """A strip of rows for each rank; before each step, neighbours exchange the rows at their borders."""
    sizes = [(b - a) * work.side for a, b in parts(work.side, RANKS)]
    u = np.empty((sizes[RANK] // work.side + 2, work.side))  # with a row of each neighbour's
    inner = u[1:-1]
    RING.Scatterv(at_root([work.initial, sizes]), inner)
    new = np.empty_like(u)
    for _ in range(work.steps):
        RING.Sendrecv(u[1], ABOVE, recvbuf=u[-1], source=BELOW)
        RING.Sendrecv(u[-2], BELOW, recvbuf=u[0], source=ABOVE)
        stencil(u, new, 1, len(u) - 1, work.RATE)
        u, new = new, u
    inner = u[1:-1]
    result = np.empty_like(work.initial)
    RING.Gatherv(inner, at_root([result, sizes]))
    return result


def taskgraph(work):
    """A block of columns for each rank; between rows, pairs of ranks exchange the results that the other needs."""
    first, last = work.columns_of[RANK]
    known = np.zeros(work.width, np.uint64)  # the results of the previous row that this rank has
    for row, exchange in zip(work.shares, work.exchanges):
        fetch(known, *exchange)
        known[first:last] = columns_after(row, known)
    result = np.empty(work.width, np.uint64)
    WORLD.Gatherv(known[first:last], at_root([result, [b - a for a, b in work.columns_of]]))
    return result


def fetch(known, wanted, offered):
    """Sends and receives the results of some columns; both sides have the lists of columns by rank."""
    arriving = {rank: np.empty(len(columns), np.uint64) for rank, columns in wanted.items()}
    requests = [WORLD.Irecv(buffer, rank) for rank, buffer in arriving.items()]
    requests += [WORLD.Isend(known[columns], rank) for rank, columns in offered.items()]
    MPI.Request.Waitall(requests)
    for rank, columns in wanted.items():
        known[columns] = arriving[rank]


def exchanges(work):
    """For each row, the columns that this rank needs from the others, and those that it sends them.

    The graph is known before the run, so this is planned once, as an MPI program does it.
    """
    own = set(range(*work.columns_of[RANK]))
    others = {rank: set(range(*columns)) for rank, columns in enumerate(work.columns_of) if rank != RANK}
    for needs in work.needs:
        needed_by = lambda columns: set().union(*(needs[p] for p in columns))
        here = needed_by(own)
        wanted = {rank: sorted(here & columns) for rank, columns in others.items()}
        offered = {rank: sorted(own & needed_by(columns)) for rank, columns in others.items()}
        yield tuple({rank: np.array(which) for rank, which in some.items() if which} for some in (wanted, offered))


def load(workload, *names):
    """The input of a workload, and for the task graph the exchanges of its ranks."""
    work = suite.make(workload, *names)
    if workload == "taskgraph":
        edges = [work.width * rank // RANKS for rank in range(RANKS + 1)]
        work.columns_of = list(zip(edges, edges[1:]))  # empty for some ranks if there are more ranks than columns
        work.exchanges = list(exchanges(work))
        whole = grid(work)
        work.shares = [columns(whole, row, *work.columns_of[RANK]) for row in range(work.depth)]
    return work


SOLVE = {"montecarlo": montecarlo, "julia": julia, "heat": heat, "taskgraph": taskgraph}


def main():
    """Serves calls until there are no more. Each rank waits at a socket, since waiting in MPI would occupy a core."""
    dies_with_parent()
    with socket.socket(socket.AF_UNIX) as channel:
        channel.connect(os.environ["PARALLAX_MPI4PY_CALLS"])
        channel.sendall(struct.pack("<I", RANK))
        for line in channel.makefile():
            if names := json.loads(line):
                work, result = load(*names), b"!"
                WORLD.Barrier()
            else:
                result = SOLVE[work.NAME](work)
            if RANK == 0:
                channel.sendall(result)


if __name__ == "__main__":
    main()
