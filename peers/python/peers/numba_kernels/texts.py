"""Counts of words in a hash table with four numbers for each word: its hash, its begin and end, and its count.

A text is an array of bytes. No word is copied: two words with equal hashes are compared in place in the text.
"""

import numpy as np
from numba import njit

HASH, BEGIN, END, COUNT = range(4)
SPACE = ord(" ")
_FACTOR, _MIDDLE = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)


@njit(nogil=True)
def counted(text, first, last):
    """The entries of the words that begin from `first` up to `last`."""
    table, used, at = np.zeros((1 << 10, 4), np.int64), 0, first
    if first > 0 and text[first - 1] > SPACE:
        while at < text.size and text[at] > SPACE:  # the end of a word that began before
            at += 1
    while True:
        while at < last and text[at] <= SPACE:
            at += 1
        if at >= last:
            return entries(table, used)
        begin, h = at, np.uint64(0)
        while at < text.size and text[at] > SPACE:
            h = (h ^ np.uint64(text[at])) * _FACTOR
            at += 1
        used += add(text, table, np.int64(h ^ h >> _MIDDLE), begin, at, 1)
        if 2 * used > len(table):
            table = larger(table)


@njit(nogil=True)
def together(text, parts):
    """Merges several concatenated tables into one entry for each word."""
    size = 1 << 10
    while size < 2 * len(parts):
        size *= 2
    table, used = np.zeros((size, 4), np.int64), 0
    for part in parts:
        used += add(text, table, part[HASH], part[BEGIN], part[END], part[COUNT])
    return entries(table, used)


@njit(inline="always")
def add(text, table, h, begin, end, times):
    """Adds `times` to the count of a word; returns whether the word is new."""
    last = len(table) - 1
    place = h & last
    while table[place, COUNT]:
        entry = table[place]
        if entry[HASH] == h and same(text, entry[BEGIN], entry[END], begin, end):
            entry[COUNT] += times
            return False
        place = place + 1 & last
    entry = table[place]
    entry[HASH], entry[BEGIN], entry[END], entry[COUNT] = h, begin, end, times
    return True


@njit(inline="always")
def same(text, begin, end, other, other_end):
    if end - begin != other_end - other:
        return False
    for k in range(end - begin):
        if text[begin + k] != text[other + k]:
            return False
    return True


@njit
def larger(table):
    """A table of twice the size with the same entries."""
    twice = np.zeros((2 * len(table), 4), np.int64)
    for entry in table:
        if entry[COUNT]:
            place = entry[HASH] & len(twice) - 1
            while twice[place, COUNT]:
                place = place + 1 & len(twice) - 1
            twice[place] = entry
    return twice


@njit
def entries(table, used):
    """The rows that are used."""
    found, k = np.empty((used, 4), np.int64), 0
    for entry in table:
        if entry[COUNT]:
            found[k] = entry
            k += 1
    return found


def dictionary(text, found):
    """The words of a text, as bytes, with their counts."""
    begins, ends, counts = found[:, BEGIN:].T.tolist()
    return {text[begin:end]: count for begin, end, count in zip(begins, ends, counts)}
