"""Re-runs published claims by the protocol they were published with: the ledger is data, the code is our own.

An entry of `ledger.json` has the source, the protocol and statements about the figures. A function of the same name
makes a `Study`: what to time, by the published protocol and by a corrected one, and the faults to look for. The rule in
`rule.py` derives the verdict from the figures of several rounds; no verdict is written in the code.
"""

import json
import time
from collections import namedtuple
from contextlib import ExitStack
from pathlib import Path

from peers.claims import machine, rule
from peers.suite.workload import Unavailable

STUDIES = {}
MOST_ROUNDS = 11
ENOUGH_SECONDS = 5.0

# `published` and `corrected` run a protocol once and return {name: figure, or a list of them}; `faults` returns a
# sentence for each fault of the protocol that has an effect. `rounds` is the least number of rounds; with one, the
# protocol returns whole series.
Study = namedtuple("Study", "published corrected faults rounds", defaults=[None, list, 3])


def claim(name):
    """Registers the function that makes the study of an entry; its argument is an `ExitStack` for clean-up."""

    def register(function):
        STUDIES[name] = function
        return function

    return register


def ledger():
    """The entries: what was published, by whom and when, how it was measured, and statements about the figures."""
    return json.loads((Path(__file__).parent / "ledger.json").read_text())


def rerun(name):
    """The outcome of an entry on this machine."""
    statements = next(entry["statements"] for entry in ledger() if entry["name"] == name)
    with ExitStack() as stack:
        try:
            before = machine.taken_by_others()
            study = STUDIES[name](stack)
            faults = list(study.faults())
            published, corrected = rounds(study.published, study.rounds), rounds(study.corrected, study.rounds)
        except (Unavailable, ImportError) as missing:
            return rule.refusal(why_missing(missing))
    return rule.outcome(statements, published, corrected, faults, max(before, machine.taken_by_others()))


def rounds(protocol, least):
    """The figures of several rounds of a protocol: a series for each name; a quick protocol gets more rounds."""
    series, count, began = {}, 0, time.perf_counter()
    most = MOST_ROUNDS if least > 1 else least
    while protocol and count < most and (count < least or time.perf_counter() - began < ENOUGH_SECONDS):
        for name, figures in protocol().items():
            series.setdefault(name, []).extend(figures if isinstance(figures, list) else [figures])
        count += 1
    return series


def why_missing(missing):
    """What is missing, and how to get it."""
    if isinstance(missing, ImportError):
        return f"{missing.name or missing} is not installed; run `cargo xtask peers install`"
    return str(missing)
