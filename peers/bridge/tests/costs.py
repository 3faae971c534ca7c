"""Prints what a call and a copy cost, best of several: `python -m tests.costs`. This is not a test."""

import timeit

import numpy as np
import parallax_rs


def nanoseconds(statement, number, **names):
    """The time of a statement, less that of the loop around it."""
    timer = timeit.Timer(statement, globals=names | {"rs": parallax_rs, "np": np})
    empty = timeit.Timer("pass")
    return (min(timer.repeat(100, number)) - min(empty.repeat(100, number))) / number * 1e9


def main():
    """One line for each figure."""
    x, keys = np.zeros((2, 3)), np.zeros(8, np.int64)
    out, counts, a = np.zeros((2, 2)), np.zeros(8, np.int64), np.zeros(8)
    calls = [
        ("a scalar function: escape_count(2.0, 0.0, 9)", "rs.escape_count(2.0, 0.0, 9)", {}),
        ("the same in Python: a function of three", "f(2.0, 0.0, 9)", {"f": lambda x, y, limit: 0}),
        ("montecarlo(1)", "rs.montecarlo(1)", {}),
        ("pairwise of 2 points", "rs.pairwise(x)", {"x": x}),
        ("pairwise of 2 points, out=", "rs.pairwise(x, out)", {"x": x, "out": out}),
        ("histogram of 8 keys, out=", "rs.histogram(keys, 8, counts)", {"keys": keys, "counts": counts}),
        ("sort of 8 numbers in place", "rs.sort(a, a)", {"a": a}),
        ("expression of 8 numbers, out=", "rs.expression('2*a', a=a, out=b)", {"a": a, "b": a.copy()}),
        ("cached, a hit", "f(7)", {"f": parallax_rs.cached(lambda x: x)}),
        ("for comparison: np.add of 8 numbers, out=", "np.add(a, a, out=b)", {"a": a, "b": a.copy()}),
    ]
    for name, statement, names in calls:
        print(f"{nanoseconds(statement, 5_000, **names):8.0f} ns  {name}")
    for count in (1_000, 1_000_000):
        keys = np.arange(count) % 100
        for kind, given in [("borrowed", keys), ("int32", keys.astype("i4")), ("with gaps", np.repeat(keys, 2)[::2])]:
            took = nanoseconds("rs.histogram(keys, 100, workers=1)", 20_000_000 // count // 100 + 1, keys=given)
            print(f"{took / 1e3:8.1f} µs  histogram of {count} keys, {kind}")


if __name__ == "__main__":
    main()
