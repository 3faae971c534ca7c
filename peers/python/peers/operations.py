"""The operations of `lookup`, for every system: compiled code draws them and checks what was read, in blocks.

An entry is immutable, the bytes of both words: a reference to an entry always has both words, and a new entry replaces
both.
"""

import struct

import numpy as np
from numba import types

from peers.numba_kernels.words import at, mix
from peers.pieces import WORDS, compiled
from peers.suite.lookup import ENTRY_BITS, SHARES
from peers.suite.random import mix1

BLOCK = 1 << 12  # operations that are drawn at a time
_SHARES, _ENTRY_BITS = np.uint64(SHARES), np.uint64(ENTRY_BITS)
_ENTRY = struct.Struct("<QQ")
ENTRY_BYTES = _ENTRY.size
_PLACES = types.Array(types.int64, 1, "C", readonly=True)


@compiled(types.int64[::1](types.uint64, types.uint64, types.uint64, types.int64, types.int64))
def _drawn(seed, mask, changes, first, last):
    operations = np.empty(last - first, np.int64)
    for i in range(first, last):
        r = at(seed, i)
        entry = np.int64(r >> _ENTRY_BITS & mask)
        operations[i - first] = ~entry if r % _SHARES < changes else entry
    return operations


@compiled(types.void(types.uint64[::1], _PLACES, WORDS, types.int64[::1]))
def _see(last, entries, words, tally):
    for k in range(entries.size):
        n, check, entry = words[2 * k], words[2 * k + 1], entries[k]
        tally[0] += 1
        tally[1] += check != mix(n)
        tally[2] += n < last[entry]
        last[entry] = n


def blocks(work, first, last):
    """The operations from `first` up to `last`, in arrays: an entry to read, or the complement of one to change."""
    for start in range(first, last, BLOCK):
        yield _drawn(work.seed, work.mask, work.changes, start, min(start + BLOCK, last))


def stretches(block):
    """The entries that are read before each change, and the changed one; at the end, the remaining reads and None."""
    operations, start = block.tolist(), 0
    for place in np.flatnonzero(block < 0).tolist():
        yield operations[start:place], ~operations[place]
        start = place + 1
    yield operations[start:], None


def entry(n):
    """The entry after `n` changes."""
    return _ENTRY.pack(n, mix1(n))


def after(pair):
    """The entry after one more change."""
    return entry(_ENTRY.unpack(pair)[0] + 1)


def table_of(pairs):
    """The entries, in their order, as an array."""
    return np.frombuffer(b"".join(pairs), np.uint64).reshape(-1, 2)


class Reader:
    """The record of a worker's reads: the last number of each entry, and counts of reads, torn ones, and older ones."""

    def __init__(self, entries):
        self.last, self.tally = np.zeros(entries, np.uint64), np.zeros(3, np.int64)

    def see(self, entries, pairs):
        """Records the pairs that were read of some entries, in order."""
        _see(self.last, entries, np.frombuffer(pairs, np.uint64), self.tally)

    def told(self):
        """The counts of reads, torn ones, and older ones."""
        return self.tally.tolist()


def result(pairs, told):
    """A result of the workload: the table, and the sums of all readers' counts."""
    return pairs, *map(sum, zip(*told))
