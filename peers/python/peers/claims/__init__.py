"""Published claims, re-run as published and corrected: the ledger is data, each protocol is written anew."""

import json
import statistics
import time
from pathlib import Path

RUNS = {}


def claim(name):
    """The function re-runs the claim of that name in `ledger.json`."""

    def register(function):
        RUNS[name] = function
        return function

    return register


def ledger():
    """What was published, where, and what to look at."""
    return json.loads((Path(__file__).parent / "ledger.json").read_text())


def best(work, repeats=5):
    """The best of some runs, in milliseconds, as `timeit` advises."""
    return min(each(work, repeats))


def each(work, repeats):
    """Each run, in milliseconds."""
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        took.append(1e3 * (time.perf_counter() - began))
    return took


def spread(took):
    """Mean and standard deviation, as `%timeit` prints them."""
    return statistics.mean(took), statistics.pstdev(took)


def told(verdict, why, published, corrected):
    """What a claim's re-run says; all figures are milliseconds unless their name says otherwise."""
    return {"verdict": verdict, "why": why, "as_published": published, "corrected": corrected}
