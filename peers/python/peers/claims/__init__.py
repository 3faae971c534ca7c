"""Published claims, re-run as published and as corrected: the ledger is data, the code of each is our own."""

import json
import statistics
import time
from pathlib import Path

RUNS = {}


def claim(name):
    """Registers the function that re-runs the claim of that name in `ledger.json`."""

    def register(function):
        RUNS[name] = function
        return function

    return register


def ledger():
    """The claims: what was published, where, and what to look at."""
    return json.loads((Path(__file__).parent / "ledger.json").read_text())


def best(work, repeats=5):
    """The shortest of several runs, in milliseconds, as `timeit` recommends."""
    return min(each(work, repeats))


def each(work, repeats):
    """The time of each run, in milliseconds."""
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        took.append(1e3 * (time.perf_counter() - began))
    return took


def spread(took):
    """Mean and standard deviation, as `%timeit` prints them."""
    return statistics.mean(took), statistics.pstdev(took)


def outcome(verdict, why, published, corrected):
    """The outcome of a re-run; figures are in milliseconds unless their names say otherwise."""
    return {"verdict": verdict, "why": why, "as_published": published, "corrected": corrected}
