"""Processes with shared memory: they are forked after it is made, and only signal their progress to each other."""

import mmap
from contextlib import contextmanager

import numpy as np

from peers import operations, pieces
from peers.cells import cell
from peers.counters import counted, together
from peers.crew import FORK, Crew, shared_array
from peers.merging import Sorting
from peers.operations import ENTRY_BYTES, Reader, after, entry, table_of
from peers.pieces import BufferConsumer, fill, parts
from peers.ring import Ring
from peers.suite.mailbox import tally
from peers.suite.workload import POISON

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "multiprocessing-shared": {
        "idea": "processes work on memory that they share, and only signal their progress to each other",
        "gives": "all cores without copies",
        "costs": "memory that is divided by hand, and processes that must be forked after it is made",
        "cores": "workers",
    },
    "multiprocessing-value": {
        "idea": "counts, or entries of a table, in shared memory behind a lock",
        "gives": "no update that is lost, and no entry that is read half changed",
        "costs": "an inter-process lock for each item",
        "cores": "workers",
    },
}


def _strip(both, first, last, steps, rate, above, below):
    """Steps one process's strip of rows; each step waits for those of the neighbours, since two states alternate."""
    for k in range(steps):
        pieces.stencil(both[k % 2], both[(k + 1) % 2], first, last, rate)
        for send, _ in (above, below):
            send.release()
        for _, receive in (above, below):
            acquire(receive)


def acquire(semaphore):
    """Takes a semaphore, with a few tries before it sleeps, since a neighbour is rarely late for long."""
    for _ in range(200):
        if semaphore.acquire(False):
            return
    semaphore.acquire()


@contextmanager
def strips(work, workers):
    """A strip of rows for each process, and between neighbours a semaphore in each direction."""
    both = shared_array((2, work.side, work.side), np.float64)
    bounds = parts(work.side, workers)
    down, up = ([FORK.Semaphore(0) for _ in bounds] for _ in range(2))  # each from the strip of the same number
    calls = []
    for k, (first, last) in enumerate(bounds):
        above, below = (k - 1) % len(bounds), (k + 1) % len(bounds)
        sides = (up[k], down[above]), (down[k], up[below])
        calls.append((_strip, both, first, last, work.steps, work.RATE, *sides))
    with Crew(calls) as crew:
        yield work, both, crew


@cell("heat", "multiprocessing-shared", load=strips, kernel="pieces.py:stencil")
def heat(loaded, _):
    work, both, crew = loaded
    both[0] = work.initial
    crew.begin()
    crew.results()
    return both[work.steps % 2].copy()


def _count(counts, lock, seed, mask, first, last):
    table = memoryview(counts).cast("B").cast("q")
    for start in range(first, last, 1 << 14):
        for key in pieces.keys(seed, mask, start, min(start + (1 << 14), last)).tolist():
            with lock:
                table[key] += 1


@contextmanager
def counters(work, workers):
    counts, lock = FORK.RawArray("q", work.bins), FORK.Lock()
    calls = [(_count, counts, lock, work.seed, work.mask, *part) for part in parts(work.n, workers)]
    with Crew(calls) as crew:
        yield np.frombuffer(counts, np.int64), crew


@cell("histogram", "multiprocessing-value", load=counters, slow={"medium": "minutes"}, cases=["256", "1", "65536"])
def histogram(loaded, _):
    counts, crew = loaded
    counts[:] = 0
    crew.begin()
    crew.results()
    return counts.copy()


SLOTS = 4


def _take_shared(slots, full, free, count):
    consumer = BufferConsumer(slots.shape[1])
    for number in range(count):
        acquire(full)
        consumer.take(slots[number % SLOTS])
        free.release()
    return consumer.tally()


@contextmanager
def ring_of_buffers(work, _):
    slots, full, free = shared_array((SLOTS, work.words), np.uint64), FORK.Semaphore(0), FORK.Semaphore(SLOTS)
    with Crew([(_take_shared, slots, full, free, work.count)]) as crew:
        yield work, slots, full, free, crew


@cell("mailbox", "multiprocessing-shared", cases=["1KiB", "64KiB", "1MiB"], load=ring_of_buffers)
def buffers_shared(loaded, _):
    """A ring of slots in shared memory: slots are filled and read in place, and two semaphores count them."""
    work, slots, full, free, crew = loaded
    crew.begin()
    for number in range(work.count):
        acquire(free)
        fill(number, slots[number % SLOTS])
        full.release()
    return crew.results()


def _take_words(ring, count):
    received = []
    while len(received) < count:
        received += ring.take()
    return tally(received, 1)


@contextmanager
def ring(work, _):
    ring = Ring()
    with Crew([(_take_words, ring, work.count)]) as crew:
        yield work, ring, crew


@cell("mailbox", "multiprocessing-shared", cases=["1to1"], load=ring, slow={"medium": "half a minute"})
def words_shared(loaded, _):
    """A ring of words in shared memory; both sides spin, so no system call is made while both are busy."""
    work, ring, crew = loaded
    crew.begin()
    send = ring.send
    for message in work.numbers(0):
        send(message)
    return crew.results()


def _echo(there, back, count):
    received = []
    for _ in range(count):
        received += there.take()
        back.send(0)
    return tally(received, 1)


@contextmanager
def two_rings(work, _):
    there, back = Ring(), Ring()
    with Crew([(_echo, there, back, work.count)]) as crew:
        yield work, there, back, crew


@cell("mailbox", "multiprocessing-shared", cases=["ping-pong"], load=two_rings)
def ping_pong_shared(loaded, _):
    """A ring in each direction."""
    work, there, back, crew = loaded
    crew.begin()
    for message in work.numbers(0):
        there.send(message)
        back.take()
    return crew.results()


@contextmanager
def texts(work, workers):
    """A part of the text for each process; all have inherited the whole text."""
    with Crew([(counted, work.text, *part) for part in parts(len(work.text), workers)]) as crew:
        yield crew


@cell("wordcount", "multiprocessing-shared", load=texts, kernel="counters.py:counted")
def wordcount(crew, _):
    crew.begin()
    return together(crew.results())


def _step(sorting, worker, number):
    sorting.step(number, worker)


@contextmanager
def runs(work, workers):
    """Two arrays that take turns, with a part for each process."""
    both = shared_array((2, work.n), np.uint64)
    work.spoil = lambda: both.view(np.uint8).fill(POISON)
    sorting = Sorting(work, both, workers)
    with Crew([(_step, sorting, k) for k in range(len(sorting.bounds))]) as crew:
        yield sorting, crew


@cell("sort", "multiprocessing-shared", load=runs, kernel="merging.py:merge")
def sort(loaded, _):
    """Each process sorts a part by NumPy, and merges a part of every two runs."""
    sorting, crew = loaded
    for number in range(sorting.steps):
        crew.begin(number)
        crew.results()
    return sorting.result


def _operate(table, lock, work, first, last):
    """Operations with a lock around each."""
    reader, size = Reader(work.entries), ENTRY_BYTES
    for block in operations.blocks(work, first, last):
        pairs = []
        for operation in block.tolist():
            if operation >= 0:
                at = size * operation
                with lock:
                    pair = table[at : at + size]
                pairs.append(pair)
            else:
                at = size * ~operation
                with lock:
                    table[at : at + size] = after(table[at : at + size])
        reader.see(block[block >= 0], b"".join(pairs))
    return reader.told()


@contextmanager
def locked_table(work, workers):
    table, lock = mmap.mmap(-1, ENTRY_BYTES * work.entries), FORK.Lock()
    with Crew([(_operate, table, lock, work, *part) for part in parts(work.n, workers)]) as crew:
        yield work, table, crew


@cell("lookup", "multiprocessing-value", load=locked_table, slow={"medium": "half a minute", "large": "minutes"})
def lookup(loaded, _):
    work, table, crew = loaded
    table[:] = entry(0) * work.entries
    crew.begin()
    told = crew.results()
    return operations.result(table_of([table[:]]), told)


@contextmanager
def counted_table(work, workers):
    """A table of seqlocks: the count of each entry shows whether it is being changed."""
    from peers.numba_kernels import guarding

    table = shared_array(work.entries * guarding.STRIDE, np.uint64)
    guarding.consult(*guarding.numbers(work), 0, 0, table)  # compiles it before the fork
    shares = [(guarding.consult, *guarding.numbers(work), *part, table) for part in parts(work.n, workers)]
    with Crew(shares) as crew:
        yield table, crew, guarding


@cell("lookup", "multiprocessing-shared", load=counted_table, kernel="numba_kernels/guarding.py:consult")
def lookup_counted(loaded, _):
    """Compiled code with the processor's atomic operations, which work between processes as between threads."""
    table, crew, guarding = loaded
    guarding.reset(table)
    crew.begin()
    told = crew.results()
    return operations.result(guarding.pairs(table), told)
