"""The tree search with sixteen nodes in flight, and threads that share the remaining nodes after each stretch."""

import numpy as np
from numba import njit, prange

from peers.numba_kernels.words import GAMMA, ONE, mix

CHILDREN = 8  # of each node that has any: a constant, so that the loop over them is vectorised
FLIGHT = 16  # nodes that are taken from a stack together, since a single node's children wait for its hash
STACK = 1 << 18  # nodes; only nodes that have children are on it
STRETCH = 4096  # nodes that a thread expands before the threads share the remaining ones
_32 = np.uint64(32)


@njit
def walk(hashes, depths, top, odds, limit):
    """Expands nodes from the stack until it is empty, or `limit` were expanded.

    Returns how many were expanded, how many are left, and the greatest depth. Every child is written to the stack, and
    stays there only if the stack grows by one; so there is no branch, which would often be mispredicted.
    """
    children, their_depth = np.empty(FLIGHT * CHILDREN, np.uint64), np.empty(FLIGHT, np.int32)
    expanded, deepest = 0, np.int32(0)
    while top and expanded < limit:
        if top + FLIGHT * CHILDREN > hashes.size:
            raise MemoryError("the stack of the tree search is full")
        taken = min(top, FLIGHT)
        at = np.uint64(top - taken)
        for k in range(taken):
            h, their_depth[k] = hashes[at + np.uint64(k)], depths[at + np.uint64(k)] + np.int32(1)
            deepest = max(deepest, their_depth[k])
            for child in range(CHILDREN):
                children[CHILDREN * k + child] = mix(h ^ (np.uint64(child) + ONE) * GAMMA)
        for k in range(taken):
            for child in range(CHILDREN):
                h = children[np.uint64(CHILDREN * k + child)]
                hashes[at], depths[at] = h, their_depth[k]
                at += np.uint64(h >> _32 < odds)
        expanded, top = expanded + taken, np.int64(at)
    return expanded, top, deepest


@njit
def _counts(roots, expanded, deepest):
    """The nodes, leaves and depth below some roots, of which `expanded` nodes have children."""
    nodes = roots + CHILDREN * expanded
    return nodes, nodes - expanded, max(deepest, 1)


@njit
def search(roots, odds, hashes, depths):
    """The nodes, leaves and depth below some roots of depth 1."""
    inner = roots[roots >> _32 < odds]
    hashes[0, : inner.size], depths[0, : inner.size] = inner, 1
    expanded, _, deepest = walk(hashes[0], depths[0], inner.size, odds, 1 << 62)
    return _counts(roots.size, expanded, deepest)


@njit(parallel=True)
def search_all(roots, odds, hashes, depths):
    """The same with a stack for each thread.

    Subtrees differ a thousandfold in size, so roots that are dealt out only once would not balance: after a stretch of
    work the threads meet, and the nodes on their stacks are dealt out again.
    """
    workers = hashes.shape[0]
    tops, expanded, deepest = np.zeros(workers, np.int64), np.zeros(workers, np.int64), np.zeros(workers, np.int32)
    inner = roots[roots >> _32 < odds]
    for k in range(inner.size):
        worker = k % workers
        hashes[worker, tops[worker]], depths[worker, tops[worker]] = inner[k], 1
        tops[worker] += 1
    while tops.sum():
        for worker in prange(workers):
            more, tops[worker], depth = walk(hashes[worker], depths[worker], tops[worker], odds, STRETCH)
            expanded[worker] += more
            deepest[worker] = max(deepest[worker], depth)
        _even_out(hashes, depths, tops)
    return _counts(roots.size, expanded.sum(), deepest.max())


@njit
def _even_out(hashes, depths, tops):
    """Moves nodes from the fullest stack to the emptiest, until they differ by one at most."""
    while True:
        most, least = tops.argmax(), tops.argmin()
        count = (tops[most] - tops[least]) // 2
        if count == 0:
            return
        first, to = tops[most] - count, tops[least]
        hashes[least, to : to + count] = hashes[most, first : first + count]
        depths[least, to : to + count] = depths[most, first : first + count]
        tops[most], tops[least] = first, to + count
