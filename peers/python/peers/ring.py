"""A ring buffer of words in shared memory, between one sending and one receiving process."""

import mmap
import os
import platform

from peers.suite.workload import Unavailable


class Ring:
    """A ring buffer between two processes that spin: the sender alone writes `sent`, the receiver alone `taken`.

    A word is in memory before `sent` counts it, because the processor keeps the order of writes.
    """

    SLOTS = 1024
    SENT, TAKEN, FIRST = 0, 8, 16  # places, in words: each count has a cache line of its own

    def __init__(self):
        if platform.machine() not in ("x86_64", "AMD64"):
            raise Unavailable("the ring needs a processor that keeps the order of writes, such as x86-64")
        self.words = memoryview(mmap.mmap(-1, 8 * (self.FIRST + self.SLOTS))).cast("Q")
        self.room, self.at = self.SLOTS, 0  # the state of this side, the sender or the receiver

    def send(self, message):
        words, at = self.words, self.at
        if not self.room:
            while not (room := self.SLOTS - (at - words[self.TAKEN])):
                os.sched_yield()
            self.room = room
        words[self.FIRST + at % self.SLOTS] = message
        words[self.SENT] = self.at = at + 1
        self.room -= 1

    def take(self):
        """Takes the words up to the end of the ring, and waits until there is at least one."""
        words, at = self.words, self.at
        while (sent := words[self.SENT]) == at:
            os.sched_yield()
        start = at % self.SLOTS
        end = min(start + sent - at, self.SLOTS)
        taken = words[self.FIRST + start : self.FIRST + end].tolist()
        words[self.TAKEN] = self.at = at + len(taken)
        return taken
