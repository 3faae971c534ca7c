"""The program that `mpirun` starts once for each worker: its ranks wait for calls, and answer each of them together.

Rank 0 has the arrays of the input when a call comes, and the whole result when it ends. Arrays move as buffers:
methods that begin with a capital, such as `Scatterv`, give MPI the memory itself, while `scatter` would pickle it.
"""

import json
import os
import socket
import struct

import numpy as np
from mpi4py import MPI

from peers import suite
from peers.load import dies_with_parent
from peers.pieces import inside, parts, rows
from peers.systems.pure import task

WORLD = MPI.COMM_WORLD
RANK, RANKS = WORLD.rank, WORLD.size
RING = WORLD.Create_cart([RANKS], periods=[True])
ABOVE, BELOW = RING.Shift(0, 1)


def at_root(buffer):
    """A buffer that counts in rank 0 only: the others send or receive nothing by it."""
    return buffer if RANK == 0 else None


def montecarlo(work):
    """Every rank counts in its share of the parts; a reduction adds the counts up."""
    hits = sum(inside(work.seed, *part) for part in parts(work.samples, 8 * RANKS)[RANK::RANKS])
    total = np.empty(1, np.int64)
    WORLD.Reduce(np.array([hits], np.int64), at_root(total))
    return total


def julia(work):
    """Blocks of rows are dealt out like cards, since their costs differ; rank 0 puts the rows in order."""
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
    sums, four = np.empty_like(inner), np.empty_like(inner)
    for _ in range(work.steps):
        RING.Sendrecv(u[1], ABOVE, recvbuf=u[-1], source=BELOW)
        RING.Sendrecv(u[-2], BELOW, recvbuf=u[0], source=ABOVE)
        np.add(u[:-2], u[2:], out=sums)
        sums[:, 1:] += inner[:, :-1]
        sums[:, 0] += inner[:, -1]
        sums[:, :-1] += inner[:, 1:]
        sums[:, -1] += inner[:, 0]
        np.multiply(inner, 4, out=four)
        sums -= four
        sums *= work.RATE
        inner += sums
    result = np.empty_like(work.initial)
    RING.Gatherv(inner, at_root([result, sizes]))
    return result


def taskgraph(work):
    """A block of columns for each rank; between rows, pairs of ranks exchange the results that the other needs."""
    first, last = work.columns_of[RANK]
    words = np.empty((last - first, work.depth), np.uint64)
    WORLD.Scatterv(at_root([work.words, [(b - a) * work.depth for a, b in work.columns_of]]), words)
    known = [0] * work.width  # what this rank knows of the previous row
    for row, (words_of_row, exchange) in enumerate(zip(words.T.tolist(), work.exchanges)):
        fetch(known, *exchange)
        needs = work.needs[row][first:last]
        known[first:last] = [task(h, [known[q] for q in need], work.turns) for h, need in zip(words_of_row, needs)]
    result = np.empty(work.width, np.uint64)
    WORLD.Gatherv(np.array(known[first:last], np.uint64), at_root([result, [b - a for a, b in work.columns_of]]))
    return result


def fetch(known, wanted, offered):
    """Sends and receives the results of some columns, which both sides know by rank."""
    arriving = {rank: np.empty(len(columns), np.uint64) for rank, columns in wanted.items()}
    leaving = {rank: np.array([known[q] for q in columns], np.uint64) for rank, columns in offered.items()}
    requests = [WORLD.Irecv(buffer, rank) for rank, buffer in arriving.items()]
    requests += [WORLD.Isend(buffer, rank) for rank, buffer in leaving.items()]
    MPI.Request.Waitall(requests)
    for rank, columns in wanted.items():
        for q, value in zip(columns, arriving[rank].tolist()):
            known[q] = value


def exchanges(work):
    """For each row, the columns that this rank wants from the others and those that it offers them.

    The graph is known before it runs, so this is planned once, as an MPI program does it.
    """
    own = set(range(*work.columns_of[RANK]))
    others = {rank: set(range(*columns)) for rank, columns in enumerate(work.columns_of) if rank != RANK}
    for needs in work.needs:
        needed_by = lambda columns: set().union(*(needs[p] for p in columns))
        here = needed_by(own)
        wanted = {rank: sorted(here & columns) for rank, columns in others.items()}
        offered = {rank: sorted(own & needed_by(columns)) for rank, columns in others.items()}
        yield tuple({rank: which for rank, which in some.items() if which} for some in (wanted, offered))


def load(workload, *names):
    """The input of a workload, and for the task graph what its ranks exchange."""
    work = suite.make(workload, *names)
    if workload == "taskgraph":
        work.columns_of = parts(work.width, RANKS)
        work.exchanges = list(exchanges(work))
        work.words = np.array(work.own, np.uint64).T.copy()  # by column, so that each rank's are contiguous
    return work


SOLVE = {"montecarlo": montecarlo, "julia": julia, "heat": heat, "taskgraph": taskgraph}


def main():
    """Answers calls until there are no more. Each rank waits at a socket, since waiting in MPI would occupy a core."""
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
