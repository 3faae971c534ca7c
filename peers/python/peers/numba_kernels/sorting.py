"""Sorts: Numba's own, a radix sort, and the textbook bubble sort with four passes in flight.

The bubble sort makes exactly the comparisons of the textbook's loop. A pass keeps the largest value that it has seen,
and puts down the smaller one of that and the next. The next pass takes up that value, so four passes follow each
other through the array, each one place behind the last, and the processor overlaps them. No comparison has a branch.
"""

import numpy as np
from numba import njit, prange

from peers.merging import merge
from peers.suite.sort import KEY_BITS

LOWEST = np.iinfo(np.int64).min  # the value of a pass that has seen none yet


@njit
def bubble(values):
    """Sorts in place; returns comparisons and swaps."""
    comparisons, swaps, end = 0, 0, values.size
    while end > 1:
        a = b = c = d = LOWEST
        p = q = r = s = 0  # the swaps of each pass
        for i in range(end):
            x = values[i]
            p += a > x
            a, x = max(a, x), min(a, x)
            q += b > x
            b, x = max(b, x), min(b, x)
            r += c > x
            c, x = max(c, x), min(c, x)
            s += d > x
            d, x = max(d, x), min(d, x)
            if i >= 4:
                values[i - 4] = x
        # each pass still has the largest value that it saw, whose place is the pass's end
        for k, carried in enumerate((a, b, c, d)):
            if end > k:
                values[end - 1 - k] = carried
        for k, count in enumerate((p, q, r, s)):
            if end < k + 2:
                break
            comparisons, swaps = comparisons + end - 1 - k, swaps + count
            if count == 0:
                return comparisons, swaps
        end -= 4
    return comparisons, swaps


@njit
def ordered(keys, out):
    """Sorts by Numba's own quicksort, which is compiled with the rest."""
    out[:] = keys
    out.sort()


@njit(parallel=True)
def merged(keys, both, edges):
    """Sorts a part on each thread, then merges neighbouring parts; the two arrays take turns."""
    for k in prange(edges.size - 1):
        part = both[0][edges[k] : edges[k + 1]]
        part[:] = keys[edges[k] : edges[k + 1]]
        part.sort()
    bounds, turn = edges, 0
    while edges.size > 2:
        source, target = both[turn], both[1 - turn]
        for k in prange(bounds.size - 1):
            for run in range(0, edges.size - 1, 2):
                start, middle, end = edges[run], edges[run + 1], edges[min(run + 2, edges.size - 1)]
                begin, until = max(bounds[k], start), min(bounds[k + 1], end)
                if begin < until:
                    merge(source[start:middle], source[middle:end], begin - start, target[begin:until], np.uint64(0))
        edges, turn = np.append(edges[:-1:2], edges[-1]), 1 - turn
    return both[turn]


@njit
def dealt(records, room, out):
    """Sorts records by their keys, a byte at a time, the lower one first; equal keys keep their order."""
    deal(records, room, np.uint64(KEY_BITS))
    deal(room, out, np.uint64(KEY_BITS + 8))


@njit
def deal(source, target, shift):
    """Orders words by the byte at `shift`; words with equal bytes keep their order."""
    places = np.zeros(257, np.int64)
    for word in source:
        places[(word >> shift & np.uint64(255)) + np.uint64(1)] += 1
    places = places.cumsum()
    for word in source:
        byte = word >> shift & np.uint64(255)
        target[places[byte]] = word
        places[byte] += 1
