"""The worker of the fixtures, like the peers' but timed by no command: `python -m peers.fixtures --channel 3,4`."""

import sys
from pathlib import Path

from peers import cells, worker

PACKAGE = "peers.fixture"
TURNS = {"tiny": 2_000_000, "small": 4_000_000, "headline": 4_000_000, "medium": 8_000_000, "large": 40_000_000}


class Spun:
    """The turns that the fixture spins, and the right result: that of one loop over all of them."""

    EXACT, PLAIN = True, True
    tasks, driver = None, None

    def __init__(self, size):
        self.turns, self.extra_metrics = TURNS[size], {}
        self.right = _spun(self.turns)

    def spoil(self):
        """Nothing is written in place."""

    def check(self, result, _):
        """Refuses another result, such as that of one call too few or too many."""
        from peers.suite.workload import Mismatch

        if result != self.right:
            raise Mismatch(f"{result} where {self.right} is right")
        return self.right

    def metrics(self, _):
        return {}

    def facts(self):
        return {"items": float(self.turns), "unit": "turns", "bytes": 0.0, "flops": 0.0, "evenness": "even"}


class Session(worker.Session):
    """A session over the fixtures."""

    MODULE = "peers.fixtures"

    def hello(self, asked):
        return super().hello(asked) | {"family": "python-fixtures"}

    def make(self, cell, wanted):
        return Spun(wanted["size"])

    def pattern(self, cell):
        return "reduce"


def _spun(turns):
    """The state of the fixture's generator after `turns` steps from 0, by repeated doubling of a step."""
    result, factor, term, mask = 0, 1664525, 1013904223, (1 << 32) - 1
    while turns:
        if turns & 1:
            result = (result * factor + term) & mask
        factor, term = factor * factor & mask, (factor + 1) * term & mask
        turns >>= 1
    return result


def systems():
    """All fixtures, in the order of their files."""
    folder = Path(__file__).parent / "fixture"
    return [cells.System(path, PACKAGE) for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]


def main(arguments):
    """Answers requests until there are no more."""
    worker.name_semaphores()
    options = dict(zip(arguments[::2], arguments[1::2]))
    worker.serve(lambda channel: Session(systems(), None, channel, arguments), options)


if __name__ == "__main__":
    main(sys.argv[1:])
