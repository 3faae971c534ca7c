"""The worker of `parallax.bench`, like that of the peers: `python -m parallax.worker WORK.JSON --channel 3,4`."""

import os
import sys
from pathlib import Path

from parallax import call
from parallax.same import difference
from peers import cells, worker
from peers.suite.workload import Mismatch, Workload

PACKAGE = "parallax.techniques"


class Technique(cells.System):
    """A module of `techniques`: ways to run any function over any data."""

    def __init__(self, path, name):
        super().__init__(path, PACKAGE)
        self.cells = [cell._replace(workload=name) for cell in self.cells]

    def absent(self, cell=None):
        """Why it cannot run here, and the command that helps; None if it can."""
        reason = super().absent(cell)
        return reason and (reason[0], f"pip install {' '.join(self.libraries)}")


class OwnWork(Workload):
    """The user's function and data: a result is right if it equals that of one thread."""

    EXACT, PLAIN, EVENNESS = False, False, "uneven"

    def __init__(self, technique, workers):
        self.name, self.technique, self.workers = call.work().name, technique, workers
        self.function, self.data, self.right = call.work().function, call.work().data, call.work().right
        self.extra_metrics = {}

    def items(self):
        return len(self.data)

    def pieces(self):
        """The data in pieces, for techniques that hand out several items at once."""
        return call.pieces(self.data, self.workers)

    def check(self, result, runs):
        """Compares by value, not by bits, since equal results may differ in bits; so all have one digest."""
        where = difference(result, self.right, call.work().tolerance)
        if where and self.technique == "sequential":
            why = "returns another result each time; draw random numbers from a fixed seed"
            raise Mismatch(f"{where}: {self.name} {why}")
        if where:
            near = difference(result, self.right, 1e-6) is None
            way = "; if that is near enough, give a tolerance, such as tolerance=1e-6" if near else ""
            raise Mismatch(where + way)
        return 0


class Session(worker.Session):
    """A session over the user's work."""

    MODULE = "parallax.worker"

    def hello(self, asked):
        return super().hello(asked) | {"family": call.work().name}

    def describe(self, system):
        """The cells, each with the user's function as its kernel."""
        source, here = call.work().source, Path.cwd()
        inside = source and Path(source).is_relative_to(here)
        own = {"kernel": str(Path(source).relative_to(here)) if inside else "", "input": call.work().name}
        return (cell | own for cell in super().describe(system))

    def make(self, cell, wanted):
        return OwnWork(cell.technique, wanted["workers"])

    def pattern(self, cell):
        return "map"


def techniques(name):
    """All techniques, in the order of their files."""
    folder = Path(__file__).parent / "techniques"
    return [Technique(path, name) for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]


def main(arguments):
    """Answers requests until there are no more."""
    worker.name_semaphores()
    os.environ[call.FOLDER] = str(Path(arguments[0]).parent)
    options = dict(zip(arguments[1::2], arguments[2::2]))
    worker.serve(lambda channel: Session(techniques(call.work().name), None, channel, arguments), options)


if __name__ == "__main__":
    main(sys.argv[1:])
