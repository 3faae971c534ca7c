"""The pieces of work that systems hand out, compiled by Numba when this module is imported.

A system that spreads work, waits or caches is measured with compiled work, as elsewhere: with work in pure Python, the
figure would be that of the interpreter. The functions release the GIL. Their types are declared, so the import compiles
them, or loads them from Numba's cache: before any clock, in every process.
"""

import os
from collections import namedtuple
from functools import lru_cache
from pathlib import Path

import numba
import numpy as np
from numba import njit, types

from peers import suite
from peers.suite.random import GAMMA

if home := os.environ.get("PARALLAX_PEERS_HOME"):
    numba.config.CACHE_DIR = str(Path(home).absolute() / "numba")  # writes nothing into the source tree

_A, _B, _GAMMA = (np.uint64(k) for k in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB, GAMMA))
_27, _30, _31, _32, _33 = (np.uint64(k) for k in (27, 30, 31, 32, 33))
_ONE, _QUARTER_CIRCLE = np.uint64(1), np.uint64(1 << 62)

# Arrays from other processes may be read-only.
WORDS = types.Array(types.uint64, 1, "C", readonly=True)
_NEEDS = types.Array(types.int32, 1, "C", readonly=True)
_FLOATS = types.Array(types.float64, 1, "C", readonly=True)


def compiled(signature):
    """A decorator that compiles a function for one signature, without the GIL."""
    return njit(signature, nogil=True, cache=True)


@compiled("uint64(uint64)")
def mix(z):
    """Mixes the bits of one word."""
    z = (z ^ z >> _30) * _A
    z = (z ^ z >> _27) * _B
    return z ^ z >> _31


@compiled("uint64(uint64, int64)")
def spin(h, turns):
    """Opaque work: `turns` dependent mixes."""
    for _ in range(turns):
        h = mix(h + _GAMMA)
    return h


@compiled("uint64(uint64, int64)")
def waited(i, turns):
    """The result of wait `i`, which follows opaque work."""
    return mix(i ^ spin(i, turns))


@compiled("int64(uint64, int64, int64)")
def inside(seed, first, last):
    """How many of the points from `first` up to `last` are in the quarter circle."""
    hits, word = 0, seed + np.uint64(2 * first) * _GAMMA
    for _ in range(first, last):
        x, y = mix(word + _GAMMA) >> _33, mix(word + _GAMMA + _GAMMA) >> _33
        word += _GAMMA + _GAMMA
        hits += x * x + y * y < _QUARTER_CIRCLE
    return hits


@compiled("uint64[::1](uint64, uint64, int64, int64)")
def keys(seed, mask, first, last):
    """The bins of the keys from `first` up to `last`."""
    bins = np.empty(last - first, np.uint64)
    for i in range(first, last):
        bins[i - first] = mix(seed + np.uint64(i + 1) * _GAMMA) & mask
    return bins


@compiled(types.int32[:, ::1](_FLOATS, _FLOATS, types.int64))
def rows(xs, ys, limit):
    """The rows of the Julia set at `ys`, point by point: the kernel of every technique that spreads the rows."""
    counts = np.empty((ys.size, xs.size), np.int32)
    for i in range(ys.size):
        for j in range(xs.size):
            x, y, steps = xs[j], ys[i], 0
            while x * x + y * y < 4.0 and steps < limit:
                x, y = x * x - y * y + -0.62772, 2.0 * x * y + -0.42193
                steps += 1
            counts[i, j] = steps
    return counts


@compiled("void(float64[:, ::1], float64[:, ::1], int64, int64, float64)")
def stencil(u, new, first, last, rate):
    """A step of heat for the rows from `first` up to `last` of a torus."""
    height, width = u.shape
    for i in range(first, last):
        above, here, below, out = u[i - 1], u[i], u[(i + 1) % height], new[i]
        for j in range(1, width - 1):
            out[j] = here[j] + rate * (above[j] + below[j] + here[j - 1] + here[j + 1] - 4.0 * here[j])
        for j in (0, width - 1):
            sides = here[j - 1] + here[(j + 1) % width]
            out[j] = here[j] + rate * (above[j] + below[j] + sides - 4.0 * here[j])


def heat_of_strip(above, strip, below, steps, rate):
    """A strip of the torus after `steps` steps, from as many rows of its neighbours as there are steps."""
    u = np.concatenate([above[-steps:], strip, below[:steps]])
    new = np.empty_like(u)
    for k in range(1, steps + 1):
        stencil(u, new, k, len(u) - k, rate)
        u, new = new, u
    return u[steps:-steps]


@compiled("uint64(uint64, int64, uint64, uint64, uint64, int64)")
def _task_of_few(h, inputs, a, b, c, turns):
    if inputs > 0:
        h = mix(h ^ a)
    if inputs > 1:
        h = mix(h ^ b)
    if inputs > 2:
        h = mix(h ^ c)
    return spin(h, turns)


@compiled(types.uint64(types.uint64, WORDS, types.int64))
def _task_of_many(h, inputs, turns):
    for value in inputs:
        h = mix(h ^ value)
    return spin(h, turns)


def task(h, inputs, turns):
    """One task of the graph: mixes the inputs into `h` in order, then does the opaque work."""
    count = len(inputs)
    if count == 3:
        return _task_of_few(h, 3, *inputs, turns)
    if count < 3:
        return _task_of_few(h, count, *inputs, *(0, 0, 0)[count:], turns)
    return _task_of_many(h, np.array(inputs, np.uint64), turns)


# A graph as arrays: the tasks' own words row by row, and where each task's columns begin in `needs`.
Grid = namedtuple("Grid", "own starts needs width depth turns")


def grid(work):
    """The graph of a workload as arrays, for `block`."""
    needs = [need for row in work.needs for need in row]
    starts = np.cumsum([0, *map(len, needs)])
    flat = np.fromiter((q for need in needs for q in need), np.int32, starts[-1])
    return Grid(np.array(work.own, np.uint64).reshape(-1), starts, flat, work.width, work.depth, work.turns)


_STARTS = types.Array(types.int64, 1, "C", readonly=True)


@compiled(types.uint64[::1](WORDS, _STARTS, _NEEDS, WORDS, types.int64, types.int64, types.int64))
def _block(own, starts, needs, before, first, last, turns):
    results = np.empty(last - first, np.uint64)
    for k in range(first, last):
        h = own[k]
        for at in range(starts[k], starts[k + 1]):
            h = mix(h ^ before[needs[at]])
        results[k - first] = spin(h, turns)
    return results


def block(grid, row, first, last, before):
    """The results of the columns from `first` up to `last` of a row, from those of the whole row before it."""
    at = row * grid.width
    return _block(grid.own, grid.starts, grid.needs, before, at + first, at + last, grid.turns)


# The input of a call that computes some columns of one row, in a few small arrays.
Columns = namedtuple("Columns", "own starts needs turns")


def columns(grid, row, first, last):
    """The part of a grid that `columns_after` needs in a process without the grid."""
    first, last = row * grid.width + first, row * grid.width + last
    starts = grid.starts[first : last + 1]
    needs = grid.needs[starts[0] : starts[-1]]
    return Columns(grid.own[first:last], starts - starts[0], needs, grid.turns)


@lru_cache(maxsize=1)
def known_grid(*names):
    """The grid of the input with these names, made once in each process that computes a part of it."""
    return grid(suite.make(*names))


def named_block(names, *call):
    """The result of `block`, for a caller without the grid."""
    return block(known_grid(*names), *call)


def columns_after(columns, *before):
    """The results of some columns of a row, from the shares of the row before it."""
    row = np.concatenate(before) if before else np.empty(0, np.uint64)
    return _block(columns.own, columns.starts, columns.needs, row, 0, columns.own.size, columns.turns)


def row_by_row(grid, workers, map_all):
    """The last row of a graph: for each row, every worker gets a share of the columns, and the row before.

    `map_all` calls `block` with each of a list of arguments; the grid is not among them.
    """
    shares, before = parts(grid.width, workers), np.empty(0, np.uint64)
    for row in range(grid.depth):
        before = np.concatenate(list(map_all([(row, *share, before) for share in shares])))
    return before


_COUNTED = types.Tuple([types.int64] * 3 + [types.uint64[::1], types.int64[::1]])
_DEPTHS = types.Array(types.int64, 1, "C", readonly=True)


@compiled(_COUNTED(WORDS, _DEPTHS, types.uint64, types.int64, types.int64))
def walk(hashes, depths, odds, children, most):
    """Visits subtrees until all or `most` nodes are visited: nodes, leaves, depth, and the nodes not yet visited."""
    room, size = 2 * hashes.size + 1024, hashes.size
    stack, levels = np.empty(room, np.uint64), np.empty(room, np.int64)
    stack[:size], levels[:size] = hashes, depths
    nodes = leaves = deepest = 0
    while size > 0 and nodes < most:
        size -= 1
        h, level = stack[size], levels[size]
        nodes += 1
        if h >> _32 < odds:
            if size + children > room:
                room *= 2
                wider, deeper = np.empty(room, np.uint64), np.empty(room, np.int64)
                wider[:size], deeper[:size] = stack[:size], levels[:size]
                stack, levels = wider, deeper
            for k in range(children):
                stack[size] = mix(h ^ np.uint64(k + 1) * _GAMMA)
                levels[size] = level + 1
                size += 1
        else:
            leaves += 1
            deepest = max(deepest, level)
    return nodes, leaves, deepest, stack[:size].copy(), levels[:size].copy()


def in_rounds(work, hands, map_all, most=1 << 17):
    """The counts of a tree whose subtrees differ in size: in rounds, so that no call walks more than `most` nodes.

    The nodes that a call has not visited are dealt out again in the next round. `map_all` calls `walk` with each of a
    list of arguments.
    """
    nodes, leaves, deepest = 1, 0, 0  # the root
    open_nodes = np.array(work.branches(), np.uint64)
    depths = np.ones(len(open_nodes), np.int64)
    while len(open_nodes):
        dealt = [(open_nodes[k::hands].copy(), depths[k::hands].copy()) for k in range(min(hands, len(open_nodes)))]
        counts = list(map_all([(*hand, work.odds, work.CHILDREN, most) for hand in dealt]))
        nodes += sum(count[0] for count in counts)
        leaves += sum(count[1] for count in counts)
        deepest = max(deepest, *(count[2] for count in counts))
        open_nodes, depths = (np.concatenate([count[k] for count in counts]) for k in (3, 4))
    return nodes, leaves, deepest


@compiled(types.void(types.uint64, types.uint64[::1]))
def fill(number, buffer):
    """Fills a buffer with the words of message `number`."""
    word = number
    for k in range(buffer.size):
        word += _GAMMA
        buffer[k] = mix(word)


@compiled(types.void(types.uint64[::1], WORDS))
def _take(state, buffer):
    state[2] += buffer.size == 0 or buffer[0] != mix(state[1] + _GAMMA)
    state[1] += _ONE
    total = np.uint64(0)
    for k in range(buffer.size):
        total += buffer[k] ^ np.uint64(k)
    state[0] += total


class BufferConsumer:
    """Tallies buffers as they are received; the first word of a buffer identifies its message."""

    def __init__(self, words):
        self.words, self.state = words, np.zeros(3, np.uint64)

    def take(self, buffer):
        if len(buffer) != self.words:
            raise ValueError(f"a buffer of {len(buffer)} words instead of {self.words}")
        _take(self.state, buffer)

    def tally(self):
        return tuple(self.state.tolist())


# A compiled function is pickled with its code and compiled again by the receiver; a plain one is pickled by its name.


def after_wait(i, turns):
    return waited(i, turns)


def count_inside(seed, first, last):
    return inside(seed, first, last)


def julia_rows(xs, ys, limit):
    return rows(xs, ys, limit)


def walk_hand(hashes, depths, odds, children, most):
    return walk(hashes, depths, odds, children, most)


def dealt(work, hands):
    """The arguments of `julia_rows` for rows that are dealt out cyclically, since their costs differ."""
    return [(work.xs, work.ys[k::hands].copy(), work.limit) for k in range(min(hands, len(work.ys)))]


def in_order(hands):
    """The rows that were dealt out, put together."""
    counts = np.empty((sum(map(len, hands)), hands[0].shape[1]), np.int32)
    for k, hand in enumerate(hands):
        counts[k :: len(hands)] = hand
    return counts


def parts(n, count):
    """The bounds of `count` contiguous parts of `n` items."""
    edges = [n * k // count for k in range(count + 1)]
    return [(a, b) for a, b in zip(edges, edges[1:]) if a < b]


def fit(x, y, train, held_out, penalty):
    """The mean squared error of one penalty on one fold, by normal equations."""
    rows = x[train]
    gram = rows.T @ rows  # the product of an array with itself, of which BLAS computes half
    gram.flat[:: len(gram) + 1] += penalty
    residual = y[held_out] - x[held_out] @ np.linalg.solve(gram, rows.T @ y[train])
    return float(residual @ residual / len(residual))


def fits(x, y, fold_of, penalties):
    """The errors of some penalties on every fold."""
    folds = [(fold_of != fold, fold_of == fold) for fold in range(5)]
    return np.array([[fit(x, y, *fold, penalty) for fold in folds] for penalty in penalties])
