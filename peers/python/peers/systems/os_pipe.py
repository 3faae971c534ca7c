"""A pipe of the kernel between processes: words are written one by one, and read as many at a time as are there."""

import os
from contextlib import contextmanager

import numpy as np

from peers.cells import cell
from peers.crew import Crew
from peers.suite.mailbox import tally

LIBRARIES = ["numpy"]

TECHNIQUES = {
    "os-pipe": {
        "idea": "processes write words into a pipe of the kernel, and read as many at a time as are there",
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
    """As many words at a time as are in the pipe, which never holds a part of one."""
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
    """A write of a word is never divided, so producers need no lock; the pipe holds 64 KiB, and makes them wait."""
    crew.begin()
    return crew.results()[:1]
