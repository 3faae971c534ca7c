"""Read-mostly shared state: a table of pairs, each of which is read and replaced as a unit.

    n, check = table[entry]                          # most operations
    assert check == mix(n) and n >= last[entry]
    table[entry] = (n + 1, mix(n + 1))               # one in a thousand
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Mismatch, Workload

ENTRY_BITS = 20  # where the entry begins in the word that an operation is drawn from
SHARES = 1024  # the case says how many of this number of operations are changes


class Lookup(Workload):
    """Operations on a table; a result is `(pairs, reads, torn, fell)`: the table, and the counts of all readers.

    `torn` counts reads of a pair whose words do not belong together, `fell` counts reads of a smaller number than the
    same reader's last one of that entry.
    """

    NAME, NUMBER, UNIT, LIMIT = "lookup", 19, "operations", "uncontended reads on every core"
    CASES = ("w1", "w0", "w10", "w100")
    ANY_SIZE = True

    def make(self):
        self.n = self.counted(10_000, 1_000_000, 10_000_000, 20_000_000, 200_000_000)
        self.entries = self.of(1 << 6, 1 << 10, 1 << 12, 1 << 16, 1 << 20)
        self.mask, self.changes = self.entries - 1, int(self.case[1:])

    def items(self):
        return self.n

    def operations(self, first, last):
        """The operations from `first` up to `last`: the entry of each, and whether it is a change."""
        r = random.stretch(self.seed, first, last)
        entries = r >> np.uint64(ENTRY_BITS) & np.uint64(self.mask)
        return entries.astype(np.int64), r % np.uint64(SHARES) < self.changes

    def check(self, result, runs):
        """Checks the numbers, then that all reads were made, and saw entries that were not torn and not older."""
        pairs, reads, torn, fell = result
        pairs = np.asarray(pairs, np.uint64)
        if pairs.shape != (self.entries, 2):
            raise Mismatch(f"a table of {pairs.shape} instead of {(self.entries, 2)}")
        numbers, checks = pairs.T
        digest = self.check_digest(random.digest(numbers))
        if (wrong := checks != random.mix(numbers.copy())).any():
            raise Mismatch(f"entry {int(np.argmax(wrong))} is torn at the end")
        due = self.n - int(numbers.sum())
        if torn or fell:
            raise Mismatch(f"of {due} reads {torn} are torn, and {fell} saw an older entry than the read before")
        if reads != due:
            raise Mismatch(f"{reads} reads where {due} belong")
        return digest
