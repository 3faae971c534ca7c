"""What every workload has: an input from its names, facts, and a check of whatever comes back."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from peers.suite import random

SIZES = ["tiny", "small", "headline", "medium", "large"]
POISON = 0xFFFDEAD0DEADDEAD


class Mismatch(Exception):
    """A wrong result, and where it first differs."""


class Unavailable(Exception):
    """This machine lacks something, and the text says how to get it."""


class Workload:
    """An input, and the one who judges the results made from it."""

    NAME, NUMBER, CASES = "", 0, ("",)
    UNIT, LIMIT, EVENNESS = "items", "", "even"
    EXACT = True  # every right result has the same digest
    KIND = None  # the type that results must have

    def __init__(self, case, size, variant, turns=None):
        if case not in self.CASES or size not in SIZES:
            raise Unavailable(f"the suite has no {self.NAME}:{case} at size {size}")
        self.case, self.size, self.variant = case, size, variant
        self.seed = random.seed(self.NUMBER, variant)
        if turns is not None:
            raise Unavailable("the peers know no answers for other turns than the size's own")
        self.noted = {}  # what a technique has to tell beside its time
        self.make()

    def of(self, *by_size):
        """The entry for this input's size."""
        return by_size[SIZES.index(self.size)]

    def make(self):
        """Builds the input."""

    def items(self):
        """How many units of work there are."""
        raise NotImplementedError

    def traffic(self):
        """Bytes that must move, and floating-point operations."""
        return 0.0, 0.0

    def facts(self):
        """What is known of this input, as the protocol wants it."""
        moved, flops = self.traffic()
        return {
            "items": float(self.items()),
            "unit": self.UNIT,
            "bytes": float(moved),
            "flops": float(flops),
            "evenness": self.EVENNESS,
            "limit": self.LIMIT,
        }

    def spoil(self):
        """Makes what a run writes in place wrong, before each sample."""

    def shape(self):
        """The shape that results must have."""
        return (int(self.items()),)

    def expected(self):
        """The digest that a right result has."""
        known = answers().get(f"{self.NAME}:{self.case}", {}).get(self.size)
        if known is None or self.variant >= len(known):
            raise Unavailable(f"the peers know no answer of {self.NAME} at {self.size}, variant {self.variant}")
        return int(known[self.variant], 16)

    def check(self, result, runs):
        """The digest of the result of the last of `runs` runs; `Mismatch` if it is not right."""
        got = np.asarray(result)
        if got.shape != self.shape() or got.dtype != self.KIND:
            raise Mismatch(f"{got.dtype} {got.shape} where {np.dtype(self.KIND)} {self.shape()} belongs")
        return self.judge(self.digest(got))

    def digest(self, got):
        """The digest of a result of the right shape."""
        return random.digest(got)

    def judge(self, digest):
        """Accepts one digest only."""
        if digest != self.expected():
            raise Mismatch(f"digest {digest:016x}, not {self.expected():016x}")
        return digest

    def metrics(self, result):
        """What else a result tells, by name."""
        return {}


def near(got, right, tolerance):
    """Accepts floats within a tolerance of the right ones; no NaN is near anything."""
    if got.shape != right.shape or got.dtype != np.float64:
        raise Mismatch(f"{got.dtype} {got.shape} where float64 {right.shape} belongs")
    wrong = ~(np.abs(got - right) <= tolerance)
    if wrong.any():
        i = int(np.argmax(wrong))
        allowed = np.broadcast_to(tolerance, right.shape).reshape(-1)[i]
        raise Mismatch(f"element {i} is {got.flat[i]!r}, not {right.flat[i]!r} within {allowed:.1e}")


@cache
def answers():
    """The digests of the suite's right results, by `workload:case`, size and variant."""
    return json.loads((Path(__file__).parent / "answers.json").read_text())
