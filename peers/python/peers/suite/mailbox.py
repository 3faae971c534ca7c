"""Hand-off: what it costs to give a message to another worker, be it a word or a megabyte."""

import numpy as np

from peers.suite import random
from peers.suite.random import MASK, mix
from peers.suite.workload import Mismatch, Workload

# producers, consumers and whether each message is answered before the next
_WORDS = {"1to1": (1, 1, False), "4to1": (4, 1, False), "2x2": (2, 2, False), "ping-pong": (1, 1, True)}
_PARCELS = {"1KiB": 0, "64KiB": 1, "1MiB": 2}


class Mailbox(Workload):
    """Messages from producers to consumers; results are a tally for each consumer."""

    NAME, NUMBER, UNIT = "mailbox", 13, "messages"
    CASES = (*_WORDS, *_PARCELS)

    def make(self):
        self.parcels = self.case in _PARCELS
        self.producers, self.consumers, self.answered = (1, 1, False) if self.parcels else _WORDS[self.case]
        if self.parcels:
            kind = _PARCELS[self.case]
            self.words = (1 << 7, 1 << 13, 1 << 17)[kind]
            counts = self.of((50, 4, 2), (1_000, 20, 4), (50_000, 1_000, 64), (100_000, 2_000, 128), (0, 0, 0))
            self.count = counts[kind]
        else:
            self.words = 1
            self.count = self.of(1_000, 100_000, 1_000_000, 20_000_000, 200_000_000) // (100 if self.answered else 1)
        self.each = self.count // self.producers
        self.LIMIT = "memcpy" if self.parcels else "core-to-core line transfer"

    def items(self):
        return self.count

    def traffic(self):
        return 8.0 * self.words * self.count, 0.0

    def numbers(self, producer):
        """The messages of one producer, in order."""
        return range(producer, self.count, self.producers)

    def parcel(self, number):
        """Message `number` where messages own memory."""
        return random.stretch(number, 0, self.words)

    def check(self, result, runs):
        if len(result) != self.consumers:
            raise Mismatch(f"{len(result)} tallies of {self.consumers} consumers")
        total, messages, disordered = (sum(column) for column in zip(*result))
        if messages != self.count or disordered:
            raise Mismatch(f"{messages} messages of {self.count}, {disordered} out of order")
        return self.judge(random.digest(np.array([total & MASK], np.uint64)))


def tally(received, producers):
    """What a consumer of words took in: their sum, how many, how many out of their producer's order."""
    messages = np.array(received, np.int64).astype(np.uint64)
    disordered = 0
    for producer in range(producers):
        mine = messages[messages % np.uint64(producers) == producer]
        disordered += int(np.count_nonzero(mine[1:] <= mine[:-1]))
    total = int(np.add.reduce(mix(messages ^ mix(messages.copy())), dtype=np.uint64))
    return total, len(received), disordered


class Parcels:
    """A consumer of messages that own memory: the first word tells which one it is."""

    def __init__(self, words):
        self.places = np.arange(words, dtype=np.uint64)
        self.total = self.messages = self.disordered = 0

    def take(self, parcel):
        right = len(parcel) == len(self.places) and int(parcel[0]) == random.at1(self.messages, 0)
        self.disordered += not right
        self.messages += 1
        self.total += int(np.add.reduce(parcel ^ self.places, dtype=np.uint64))

    def tally(self):
        return self.total & MASK, self.messages, self.disordered
