"""Polars: queries over columns, planned as a whole and run by Rust on its own threads.

A frame is made before the clock starts, over the arrays themselves. The streaming engine passes pieces of columns from
one operation to the next, and divides them among its threads.
"""

from operator import methodcaller

import numpy as np
import polars as pl
from polars import col, lit

from peers.cells import cell
from peers.suite.random import GAMMA

LIBRARIES = ["polars", "numpy"]

TECHNIQUES = {
    "polars": {
        "idea": "a query defines each column; a planner decides how, and threads take pieces of the columns",
        "gives": "all cores, and no more passes over memory than the plan needs, without a compiler",
        "costs": "only what its expressions can express, and a plan for each query",
        "cores": "workers",
        "isa": "polars",
    },
}


def column(frame, expression):
    """One column, computed from those of a frame."""
    return frame.lazy().select(expression.alias("result")).collect(engine="streaming")["result"].to_numpy()


class Formula:
    """A frame of the arrays, and the text as an expression over its columns."""

    def __init__(self, work, _):
        self.frame = pl.DataFrame(work.arguments)
        functions = {name: methodcaller(name) for name in ("cos", "log", "sin", "sqrt")}
        self.expression = eval(work.source, functions | {name: col(name) for name in work.arguments})


@cell("expression", "polars", load=Formula)
def expression(formula, _):
    return column(formula.frame, formula.expression)


class Triad:
    """A frame with the three arrays; the sum is a new column, which replaces `a`."""

    def __init__(self, work, _):
        self.frame, self.steps = pl.DataFrame({"a": work.a, "b": work.b, "c": work.c}), work.steps
        work.spoil = self.spoil

    def spoil(self):
        self.frame = self.frame.with_columns(a=lit(0.0))


@cell("stream", "polars", load=Triad)
def stream(triad, _):
    """A query for each step: a single query would do all steps on a piece before it reads the next piece."""
    for _ in range(triad.steps):
        triad.frame = triad.frame.with_columns(col("a") + col("b") + 3 * col("c"))
    return triad.frame["a"].to_numpy()


def word(value):
    return lit(value, pl.UInt64)


def at(seed, i):
    """The random words at the numbers in a column; products wrap around, and a division by a power of two shifts."""
    z = word(seed) + (i + 1) * word(GAMMA)
    z = (z ^ z // (1 << 30)) * word(0xBF58476D1CE4E5B9)
    z = (z ^ z // (1 << 27)) * word(0x94D049BB133111EB)
    return z ^ z // (1 << 31)


@cell("histogram", "polars")
def histogram(work, _):
    """Groups the keys and counts each group, by the library's hash tables, one for each thread."""
    r = at(work.seed, col("i"))
    key = r & work.mask
    if work.skewed:
        bit = word(2).pow((r // (1 << 48) % 8).cast(pl.UInt32))
        key = bit + (r & bit - 1)
    numbers = pl.LazyFrame({"i": pl.int_range(work.n, dtype=pl.UInt64, eager=True)})
    groups = numbers.select(key=key).group_by("key").len().collect(engine="streaming")
    counts = np.zeros(work.bins, np.int64)
    counts[groups["key"].to_numpy()] = groups["len"].to_numpy()
    return counts


@cell("montecarlo", "polars")
def montecarlo(work, _):
    """A column numbers the points, and the query counts those inside."""
    i = col("i")
    x, y = (at(work.seed, place) // (1 << 33) for place in (2 * i, 2 * i + 1))
    numbers = pl.LazyFrame({"i": pl.int_range(work.samples, dtype=pl.UInt64, eager=True)})
    inside = numbers.select((x * x + y * y < word(1 << 62)).sum())
    return int(inside.collect(engine="streaming").item())


@cell("sort", "polars", load=lambda work, _: pl.Series(work.keys), cases=["random", "nearly"])
def sort(keys, _):
    return keys.sort().to_numpy()


def records(work, _):
    return pl.DataFrame({"key": work.records["key"], "index": work.records["index"]})


@cell("sort", "polars", load=records, cases=["stable"])
def sort_records(frame, _):
    """Both columns, in the order of one."""
    frame = frame.sort("key", maintain_order=True)
    return frame["key"].to_numpy(), frame["index"].to_numpy()


@cell("wordcount", "polars")
def wordcount(work, _):
    """A scan of the text finds lines, a split of each line finds words, and the words are grouped."""
    words = pl.scan_lines(work.text).select(word=col("line").str.split(" ").explode())
    counts = words.filter(col("word") != "").group_by("word").len().collect(engine="streaming")
    return dict(zip(counts["word"].cast(pl.Binary).to_list(), counts["len"].to_list()))
