"""A kernel pipe between processes: words are written one at a time, and read as many at a time as are available."""

import os
from contextlib import contextmanager

import numpy as np

from peers.cells import cell
from peers.crew import Crew
from peers.suite.mailbox import tally

LIBRARIES = ["numpy"]

TECHNIQUES = {
    "os-pipe": {
        "idea": "processes write words into a kernel pipe, and read as many at a time as are available",
        "gives": "the cheapest message between processes that sleep while they wait",
        "costs": "bytes only, and a system call for each message",
        "cores": "workers",
    },
}


def _write_words(to, messages):
    write = os.write
    for message in messages:
        write(to, message.to_bytes(8, "little"))


def _read_words(source, count, producers):
    """Reads as many words at a time as are in the pipe, which never contains a part of a word."""
    received, missing = [], 8 * count
    while missing:
        received.append(os.read(source, 1 << 16))
        missing -= len(received[-1])
    return tally(np.frombuffer(b"".join(received), np.uint64), producers)


@contextmanager
def pipe(work, _):
    source, to = os.pipe()
    producers = [(_write_words, to, work.numbers(k)) for k in range(work.producers)]
    with Crew([(_read_words, source, work.count, work.producers), *producers]) as crew:
        os.close(source)
        os.close(to)
        yield crew


@cell("mailbox", "os-pipe", cases=["1to1", "4to1"], load=pipe)
def words(crew, _):
    """The write of a word is atomic, so producers need no lock; they wait while the pipe, of 64 KiB, is full."""
    crew.begin()
    return crew.results()[:1]
