"""Counts the allocations of a run with a preloaded library, in a process that is never timed, as in the Rust runner.

`PARALLAX_HEAP` names a file of five native integers of 64 bits, which the library maps in every process of the tree.
The first one turns counting on and off; the others are allocations, their bytes, and the bytes held now and at most.
`PYTHONMALLOC=malloc` makes Python allocate every object from the C library.
"""

import os
import struct
import time

from peers.suite.workload import Unavailable

VARIABLE = "PARALLAX_HEAP"
NUMBERS = struct.Struct("@5q")
RUNS = 3  # counted runs, of which the median is reported
ENOUGH_NS = 100_000_000  # no further run is counted after this time


def heap(loaded):
    """The reply to `heap`: what one run allocates, after a first run that is not counted."""
    path = os.environ.get(VARIABLE)
    if path is None:
        raise Unavailable("this process counts no allocations; `cargo xtask profile` starts one that does")
    page, seen = Page(path), []
    page.ensure_counts()
    _once(loaded, lambda: loaded.run(1))
    began = time.monotonic_ns()
    while not seen or len(seen) < RUNS and time.monotonic_ns() - began < ENOUGH_NS:
        _once(loaded, lambda: seen.append(page.count(lambda: loaded.run(1))))
    allocations, total, peak = sorted(seen)[len(seen) // 2]
    return {"reply": "heap", "allocations": allocations, "bytes": total, "peak_bytes": peak}


def _once(loaded, run):
    """Runs the cell once, and checks its result."""
    loaded.result = None
    loaded.work.spoil()
    run()
    loaded.work.check(loaded.result, 1)


class Page:
    """The file of counts, written and read as a file; it is the same memory as the library's mapping."""

    def __init__(self, path):
        self.file = os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def count(self, work):
        """The allocations of `work`, their bytes, and the bytes held at most."""
        on, off = struct.pack("@q", 1), struct.pack("@q", 0)
        os.pwrite(self.file, bytes(NUMBERS.size), 0)
        os.pwrite(self.file, on, 0)
        work()
        os.pwrite(self.file, off, 0)
        _, allocations, total, _, peak = NUMBERS.unpack(os.pread(self.file, NUMBERS.size, 0))
        return allocations, total, peak

    def ensure_counts(self):
        """Refuses a process whose allocations are not counted, since they would look like none."""
        allocations, total, _ = self.count(lambda: bytearray(1000))
        if allocations < 1 or total < 1000:
            raise Unavailable("this Python does not allocate by the C library of its system")
