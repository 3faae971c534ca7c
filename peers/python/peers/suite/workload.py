"""The base class of workloads: an input made from its names, facts about it, and a check of every result."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from peers.suite import random

POISON = 0xA5  # each byte of a prepared result, before a sample
SIZES = ["tiny", "small", "headline", "medium", "large"]


class Mismatch(Exception):
    """A wrong result; the message says where it first differs."""


class Unavailable(Exception):
    """Something is missing on this machine; the message says how to get it."""


class Unfit(Exception):
    """The technique does not suit the problem; the message says why."""


class Workload:
    """An input, and the check of the results that are made from it."""

    NAME, NUMBER, CASES = "", 0, ("",)
    UNIT, LIMIT, EVENNESS = "items", "", "even"
    EXACT = True  # all correct results have the same digest
    DTYPE = None  # the element type that results must have
    tasks = None  # how many a run hands out, if a technique hands out tasks
    out = None  # the array for results, for techniques that need one
    ANY_SIZE = False  # whether it can have any number of units
    PLAIN = True  # a result is numbers and arrays; anything else was not waited for

    def __init__(self, case, size, variant, turns=None, units=None, answer=None):
        """`turns` of opaque work per unit, and the number of `units`, default to those of the size.

        For other values, the digest of a correct result is not in the table of answers, so `answer` must hold it.
        """
        if case not in self.CASES or size not in SIZES:
            raise Unavailable(f"the suite has no {self.NAME}:{case} at size {size}")
        if units is not None and not (self.ANY_SIZE and units >= 1):
            raise Unavailable(f"no input of {self.NAME} has {units} units of work; leave them out")
        self.case, self.size, self.variant = case, size, variant
        self.seed = random.seed(self.NUMBER, variant)
        self.turns, self.units, self.answer = turns, units, answer
        self.resized = (turns, units)
        self.names = (self.NAME, case, size, variant, *self.resized)  # from which other processes make the same input
        self.extra_metrics = {}  # figures that a technique reports in addition to its time
        self.make()

    def of(self, *by_size):
        """The entry for this input's size."""
        return by_size[SIZES.index(self.size)]

    def counted(self, *by_size):
        """The requested number of units, or that of this input's size."""
        return self.of(*by_size) if self.units is None else self.units

    def make(self):
        """Builds the input."""

    def items(self):
        """The number of units of work."""
        raise NotImplementedError

    def traffic(self):
        """The bytes that must move, and the floating-point operations."""
        return 0.0, 0.0

    def facts(self):
        """The facts about this input, in the protocol's form."""
        moved, flops = self.traffic()
        return {
            "items": float(self.items()),
            "unit": self.UNIT,
            "bytes": float(moved),
            "flops": float(flops),
            "evenness": self.EVENNESS,
            "limit": self.LIMIT,
        }

    def output(self):
        """A new array for a result; None if a result is a few numbers."""
        return None if self.DTYPE is None else np.empty(self.shape(), self.DTYPE)

    def prepare(self):
        """Allocates `out` before the clock starts, as the Rust suite does; returns the input itself."""
        self.out = self.output()
        self.spoil()
        return self

    def spoil(self):
        """Overwrites the memory for results with wrong values, before each sample."""
        if self.out is not None:
            self.out.view(np.uint8).fill(POISON)

    def shape(self):
        """The shape that results must have."""
        return (int(self.items()),)

    def expected(self):
        """The digest of a correct result."""
        if self.answer is not None:
            return int(self.answer, 16)
        if self.resized != (None, None):
            raise Unavailable("other turns or units need the digest of a correct result; give --answer DIGEST")
        known = answers().get(f"{self.NAME}:{self.case}", {}).get(self.size)
        if known is None or self.variant >= len(known):
            raise Unavailable(f"the peers have no answer for {self.NAME} at {self.size}, variant {self.variant}")
        return int(known[self.variant], 16)

    def check(self, result, runs):
        """Checks the result of the last of `runs` runs and returns its digest; raises `Mismatch` if it is wrong."""
        got = np.asarray(result)
        if got.shape != self.shape() or got.dtype != self.DTYPE:
            raise Mismatch(f"{got.dtype} {got.shape} instead of {np.dtype(self.DTYPE)} {self.shape()}")
        return self.check_digest(self.digest(got))

    def digest(self, got):
        """The digest of a result that has the expected shape."""
        return random.digest(got)

    def check_digest(self, digest):
        """Returns the digest if it is the expected one."""
        if digest != self.expected():
            raise Mismatch(f"digest {digest:016x}, not {self.expected():016x}")
        return digest

    def as_tasks(self, arguments):
        """The arguments of a run's tasks, as a list, and counted: figures of a scheduler need the length of a task."""
        arguments = list(arguments)
        self.tasks = len(arguments)
        return arguments

    def metrics(self, result):
        """Further figures that a result contains, by name."""
        return {}


def root(units, power):
    """The whole number, at least 1, whose square (or other `power`) is nearest to `units`."""
    return int(max(units, 1) ** (1 / power) + 0.5)


def prepared(work, _):
    """A `load` for techniques that write their result into an existing array."""
    return work.prepare()


def check_near(got, expected, tolerance):
    """Accepts floats within a tolerance of the expected ones; NaN is always wrong."""
    if got.shape != expected.shape or got.dtype != np.float64:
        raise Mismatch(f"{got.dtype} {got.shape} instead of float64 {expected.shape}")
    wrong = ~(np.abs(got - expected) <= tolerance)
    if wrong.any():
        i = int(np.argmax(wrong))
        allowed = np.broadcast_to(tolerance, expected.shape).reshape(-1)[i]
        raise Mismatch(f"element {i} is {got.flat[i]!r}, not {expected.flat[i]!r} within {allowed:.1e}")


@cache
def answers():
    """The digests of correct results, by `workload:case`, size and variant; a test compares them with Rust's."""
    return json.loads((Path(__file__).parent / "answers.json").read_text())
