"""A table of seqlocks, whose readers write nothing: the count next to each entry is odd during a change.

Numba has no atomic operations for a CPU, so each is three lines of LLVM, by `intrinsic`. A reader reads the count,
both words, and the count again; if it is the same and even, no change came in between. The orderings are those of
Boehm, "Can seqlocks get along with programming language memory models?" (2012).
"""

import numpy as np
from llvmlite import ir
from numba import njit, prange, types
from numba.core import cgutils
from numba.extending import intrinsic

from peers.numba_kernels.words import at, mix
from peers.suite.lookup import ENTRY_BITS, SHARES

STRIDE = 4  # words of an entry: its count, both words, and an unused one, so that a cache line holds two entries
_BITS, _SHARES, _ONE, _TWO = (np.uint64(k) for k in (ENTRY_BITS, SHARES, 1, 2))
_WORD = ir.IntType(64)


def _place(context, builder, signature, arguments):
    """The address of an element: the first argument is the array, and the second the index."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return cgutils.get_item_pointer(context, builder, signature.args[0], array, [arguments[1]], wraparound=False)


def _loads(ordering):
    @intrinsic
    def load(typing, array, place):
        def code(context, builder, signature, arguments):
            return builder.load_atomic(_place(context, builder, signature, arguments), ordering, 8, typ=_WORD)

        return types.uint64(array, types.intp), code

    return load


def _stores(ordering):
    @intrinsic
    def store(typing, array, place, word):
        def code(context, builder, signature, arguments):
            builder.store_atomic(arguments[2], _place(context, builder, signature, arguments), ordering, 8)
            return context.get_dummy_value()

        return types.void(array, types.intp, types.uint64), code

    return store


load_relaxed, load_acquire = _loads("monotonic"), _loads("acquire")
store_relaxed, store_release = _stores("monotonic"), _stores("release")


@intrinsic
def exchanged(typing, array, place, old, new):
    """Replaces `old` by `new`; returns whether the word was `old`."""

    def code(context, builder, signature, arguments):
        place = _place(context, builder, signature, arguments)
        done = builder.cmpxchg(place, arguments[2], arguments[3], "acquire", "monotonic")
        return builder.extract_value(done, 1)

    return types.boolean(array, types.intp, types.uint64, types.uint64), code


@intrinsic
def fence(typing):
    """A fence that neither loads before it nor stores after it may pass."""

    def code(context, builder, signature, arguments):
        builder.fence("acq_rel")
        return context.get_dummy_value()

    return types.void(), code


@njit(inline="always")
def read(table, place):
    """Both words of an entry, as of one moment."""
    while True:
        before = load_acquire(table, place)
        n, check = load_relaxed(table, place + 1), load_relaxed(table, place + 2)
        fence()
        if before & _ONE == 0 and load_relaxed(table, place) == before:
            return n, check


@njit(inline="always")
def change(table, place):
    """Replaces both words of an entry as a unit."""
    while True:
        even = load_relaxed(table, place)
        if even & _ONE == 0 and exchanged(table, place, even, even + _ONE):
            break
    fence()
    n = load_relaxed(table, place + 1) + _ONE
    store_relaxed(table, place + 1, n)
    store_relaxed(table, place + 2, mix(n))
    store_release(table, place, even + _TWO)


@njit(nogil=True)
def consult(seed, mask, changes, first, last, table):
    """Does the operations from `first` up to `last`; counts reads, torn reads, and reads of an older entry."""
    seen = np.zeros(np.intp(mask) + 1, np.uint64)
    reads = torn = fell = 0
    for i in range(first, last):
        r = at(seed, i)
        entry = np.intp(r >> _BITS & mask)
        if r % _SHARES < changes:
            change(table, entry * STRIDE)
        else:
            n, check = read(table, entry * STRIDE)
            reads += 1
            torn += check != mix(n)
            fell += n < seen[entry]
            seen[entry] = n
    return reads, torn, fell


@njit
def consult_alone(seed, mask, changes, last, table):
    """All operations by one worker, on a plain table of pairs."""
    seen = np.zeros(np.intp(mask) + 1, np.uint64)
    reads = torn = fell = 0
    for i in range(last):
        r = at(seed, i)
        entry = np.intp(r >> _BITS & mask)
        n, check = table[entry]
        if r % _SHARES < changes:
            table[entry, 0], table[entry, 1] = n + _ONE, mix(n + _ONE)
        else:
            reads += 1
            torn += check != mix(n)
            fell += n < seen[entry]
            seen[entry] = n
    return reads, torn, fell


@njit(parallel=True)
def consult_all(seed, mask, changes, edges, table):
    """The same with a thread for each share, which is from one edge to the next."""
    told = np.zeros((edges.size - 1, 3), np.int64)
    for k in prange(edges.size - 1):
        told[k, 0], told[k, 1], told[k, 2] = consult(seed, mask, changes, edges[k], edges[k + 1], table)
    return told


def numbers(work):
    """The parameters from which operations are drawn, as words of 64 bits."""
    return np.uint64(work.seed), np.uint64(work.mask), np.uint64(work.changes)


def table(work):
    """A table with a count in each entry, in memory of this process."""
    return np.zeros(work.entries * STRIDE, np.uint64)


def reset(table):
    """Resets the table to the state before any change; the word of the number 0 is 0."""
    table[:] = 0


def pairs(table):
    """The entries of a table with counts."""
    return table.reshape(-1, STRIDE)[:, 1:3]
