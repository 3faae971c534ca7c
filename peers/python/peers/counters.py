"""Counts of words by `Counter`, whose loop is written in C and holds the GIL."""

from collections import Counter

from peers.suite.wordcount import part


def counted(text, first, last):
    """The counts of the words that begin from place `first` up to `last`."""
    return Counter(part(text, first, last).split())


def together(tables):
    """The sums of several tables of counts."""
    total = Counter()
    for table in tables:
        total.update(table)
    return total
