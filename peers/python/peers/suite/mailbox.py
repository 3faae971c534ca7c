"""Message passing: the cost of handing a word, or a buffer of up to a megabyte, to another worker.

    for number in range(messages):
        producer number % producers: channel.send(number, or a buffer filled from it)
        any consumer: total += mix(number ^ mix(number)), or the sum of words ^ places of the buffer
"""

import numpy as np

from peers.suite import random
from peers.suite.random import MASK, mix
from peers.suite.workload import Mismatch, Workload

# cases whose messages are words: producers, consumers, and whether each message is answered before the next
_WORDS = {"1to1": (1, 1, False), "4to1": (4, 1, False), "2x2": (2, 2, False), "ping-pong": (1, 1, True)}
# cases whose messages are buffers, which own memory: their words
_BUFFERS = {"1KiB": 1 << 7, "64KiB": 1 << 13, "1MiB": 1 << 17}


class Mailbox(Workload):
    """Messages from producers to consumers; a result is a tally for each consumer."""

    NAME, NUMBER, UNIT = "mailbox", 13, "messages"
    CASES = (*_WORDS, *_BUFFERS)

    def make(self):
        are_buffers = self.case in _BUFFERS
        self.producers, self.consumers, self.answered = (1, 1, False) if are_buffers else _WORDS[self.case]
        if are_buffers:
            self.words = _BUFFERS[self.case]
            counts = self.of((50, 4, 2), (1_000, 20, 4), (50_000, 1_000, 64), (100_000, 2_000, 128), (0, 0, 0))
            self.count = counts[list(_BUFFERS).index(self.case)]
        else:
            self.words = 1
            self.count = self.of(1_000, 100_000, 1_000_000, 20_000_000, 200_000_000) // (100 if self.answered else 1)
        self.LIMIT = "memcpy" if are_buffers else "core-to-core line transfer"

    def items(self):
        return self.count

    def traffic(self):
        return 8.0 * self.words * self.count, 0.0

    def numbers(self, producer):
        """The numbers of one producer's messages, in order."""
        return range(producer, self.count, self.producers)

    def buffer(self, number):
        """Message `number` in the cases whose messages are buffers."""
        return random.stretch(number, 0, self.words)

    def check(self, result, runs):
        if len(result) != self.consumers:
            raise Mismatch(f"{len(result)} tallies of {self.consumers} consumers")
        total, messages, disordered = (sum(column) for column in zip(*result))
        if messages != self.count or disordered:
            raise Mismatch(f"{messages} messages of {self.count}, {disordered} out of order")
        return self.check_digest(random.digest(np.array([total & MASK], np.uint64)))


def tally(received, producers):
    """The tally of the words that a consumer received: their sum, their count, and how many were out of order."""
    messages = np.array(received, np.int64).astype(np.uint64)
    disordered = 0
    for producer in range(producers):
        own = messages[messages % np.uint64(producers) == producer]
        disordered += int(np.count_nonzero(own[1:] <= own[:-1]))
    total = int(np.add.reduce(mix(messages ^ mix(messages.copy())), dtype=np.uint64))
    return total, len(received), disordered


class BufferConsumer:
    """Tallies buffers as they are received; the first word of a buffer identifies its message."""

    def __init__(self, words):
        self.places = np.arange(words, dtype=np.uint64)
        self.total = self.messages = self.disordered = 0

    def take(self, buffer):
        is_next = len(buffer) == len(self.places) and int(buffer[0]) == random.at1(self.messages, 0)
        self.disordered += not is_next
        self.messages += 1
        self.total += int(np.add.reduce(buffer ^ self.places, dtype=np.uint64))

    def tally(self):
        return self.total & MASK, self.messages, self.disordered
