"""multiprocessing and ProcessPoolExecutor: an interpreter for each core, with what passes between them pickled.

The input is not pickled: the processes are forked when it has been made, and inherit it.
"""

import mmap
import multiprocessing as mp
import os
import platform
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import numpy as np

from peers import pieces
from peers.cells import cell, start
from peers.load import dies_with_parent
from peers.pieces import BufferConsumer, fill, grid, in_rounds, inside, parts, row_by_row
from peers.suite.mailbox import tally
from peers.suite.workload import Unavailable
from peers.systems.pure import hits, julia_row, task

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "multiprocessing-pool": {
        "idea": "a pool of processes receives calls of compiled work and returns results, both pickled",
        "gives": "all cores, whatever the work is made of",
        "costs": "a copy of every argument and result, and tens of microseconds per call",
        "cores": "workers",
    },
    "multiprocessing-pool-pure": {
        "idea": "the same pool with bodies of pure Python",
        "gives": "all cores for pure Python",
        "costs": "a copy of every argument and result, and the interpreter's time for every operation",
        "cores": "workers",
    },
    "multiprocessing-shared": {
        "idea": "processes work on memory that they share, and only tell each other how far they are",
        "gives": "all cores without copies",
        "costs": "memory that is divided by hand, and processes that must be forked after it is there",
        "cores": "workers",
    },
    "multiprocessing-value": {
        "idea": "counts in shared memory behind a lock",
        "gives": "counts that lose no update",
        "costs": "an inter-process lock for each item",
        "cores": "workers",
    },
    "os-pipe": {
        "idea": "processes write words into a pipe of the kernel, and read as many at a time as are there",
        "gives": "the cheapest message between processes that sleep while they wait",
        "costs": "bytes only, and a system call for each message",
        "cores": "workers",
    },
    "process-pool": {
        "idea": "concurrent.futures over processes: a pool with futures",
        "gives": "one interface for threads and processes",
        "costs": "a thread that pickles, and more time per call than `Pool`",
        "cores": "workers",
    },
}

FORK = mp.get_context("fork")  # the default on Linux up to Python 3.13; safe here, since no threads have started


@start("multiprocessing-pool", "multiprocessing-pool-pure")
def pools(workers):
    yield FORK.Pool, workers, {}


@start("process-pool")
def executors(workers):
    yield ProcessPoolExecutor, workers, {"mp_context": FORK}


class Kept:
    """What the processes of a pool inherited when they were forked."""

    @classmethod
    def keep(cls, value):
        dies_with_parent()
        cls.value = value


class Pool:
    """A pool of either kind, whose processes hold the input, and the workload."""

    def __init__(self, work, pool, workers):
        self.work, self.pool, self.workers = work, pool, workers

    def map(self, function, calls, at_a_time=1):
        return self.pool.map(function, calls, chunksize=at_a_time)


def pooled(make):
    """The load of a cell: forks a pool whose processes hold what `make` gives of the workload."""

    @contextmanager
    def load(work, started):
        kind, workers, context = started
        with kind(workers, initializer=Kept.keep, initargs=(make(work),), **context) as pool:
            list(pool.map(abs, range(4 * workers)))
            yield Pool(work, pool, workers)

    return load


def itself(work):
    return work


def _rows(bounds):
    work = Kept.value
    return pieces.rows(work.xs, work.ys[slice(*bounds)], work.limit)


@cell("julia", "multiprocessing-pool", "process-pool", load=pooled(itself), kernel="pieces.py:rows")
def julia(loaded, _):
    """Blocks of rows, taken by whichever process is free."""
    blocks = loaded.work.as_tasks(parts(len(loaded.work.ys), 16 * loaded.workers))
    return np.concatenate(list(loaded.map(_rows, blocks)))


def _rows_pure(bounds):
    xs, work = Kept.value
    return [julia_row(xs, y, work.limit) for y in work.ys[slice(*bounds)].tolist()]


@cell("julia", "multiprocessing-pool-pure", load=pooled(lambda work: (work.xs.tolist(), work)))
def julia_pure(loaded, _):
    return np.concatenate(list(loaded.map(_rows_pure, parts(len(loaded.work.ys), 16 * loaded.workers))))


def _inside(bounds):
    return inside(Kept.value.seed, *bounds)


@cell("montecarlo", "multiprocessing-pool", "process-pool", load=pooled(itself), kernel="pieces.py:inside")
def montecarlo(loaded, _):
    return sum(loaded.map(_inside, loaded.work.as_tasks(parts(loaded.work.samples, loaded.workers))))


def _hits(bounds):
    return hits(Kept.value.seed, *bounds)


@cell("montecarlo", "multiprocessing-pool-pure", load=pooled(itself), slow={"medium": "four minutes"})
def montecarlo_pure(loaded, _):
    return sum(loaded.map(_hits, parts(loaded.work.samples, 4 * loaded.workers)))


def _block(call):
    return pieces.block(Kept.value, *call)


@cell("taskgraph", "multiprocessing-pool", "process-pool", load=pooled(grid), kernel="pieces.py:block")
def taskgraph(loaded, _):
    """Row by row: each process gets a share of the columns and the row before."""
    return row_by_row(loaded.work, loaded.workers, lambda calls: loaded.map(_block, calls))


def _tasks(call):
    work, (row, first, last, before) = Kept.value, call
    own, needs = work.own[row][first:last], work.needs[row][first:last]
    return [task(h, [before[q] for q in need], work.turns) for h, need in zip(own, needs)]


@cell("taskgraph", "multiprocessing-pool-pure", load=pooled(itself), alone="pure-python")
def taskgraph_pure(loaded, _):
    work, before = loaded.work, []
    for row in range(work.depth):
        shares = loaded.map(_tasks, [(row, *share, before) for share in parts(work.width, loaded.workers)])
        before = [value for share in shares for value in share]
    return before


def _walk(call):
    return pieces.walk(*call)


@cell("treesearch", "multiprocessing-pool", "process-pool", load=pooled(itself), kernel="pieces.py:walk")
def treesearch(loaded, _):
    """A hand of nodes to each process, dealt out anew after a while, since nobody knows how large a subtree is."""
    return in_rounds(loaded.work, loaded.workers, lambda calls: loaded.map(_walk, calls))


def _fit(call):
    work, (fold, penalty) = Kept.value, call
    return pieces.fit(work.x, work.y, *work.split(fold), penalty)


@cell("gridsearch", "multiprocessing-pool", "process-pool", load=pooled(itself), kernel="pieces.py:fit")
def gridsearch(loaded, _):
    """A call names a penalty and a fold; the table is in every process."""
    fits = [(fold, penalty) for penalty in loaded.work.penalties.tolist() for fold in range(5)]
    each = max(1, len(fits) // (4 * loaded.workers))
    return np.array(list(loaded.map(_fit, loaded.work.as_tasks(fits), each))).reshape(-1, 5)


class Crew:
    """Processes that are forked before the clock, each with one function to run when it is told."""

    def __init__(self, calls):
        self.calls, self.pipes, self.processes = calls, [], []

    def __enter__(self):
        for call in self.calls:
            here, there = FORK.Pipe()
            process = FORK.Process(target=_obey, args=(there, *call), daemon=True)
            process.start()
            self.pipes.append(here)
            self.processes.append(process)
        return self

    def begin(self, *news):
        """Tells all to run."""
        for pipe in self.pipes:
            pipe.send(news)

    def results(self):
        """Waits for all, and returns what their functions returned."""
        return [pipe.recv() for pipe in self.pipes]

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.join()


def _obey(pipe, function, *arguments):
    dies_with_parent()
    while True:
        news = pipe.recv()
        pipe.send(function(*arguments, *news))


def shared_array(shape, dtype):
    """An array in memory that forked processes share; it has no name, so nothing can outlive them."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.frombuffer(mmap.mmap(-1, size), dtype).reshape(shape)


def _strip(both, first, last, steps, rate, above, below):
    """Steps one process's strip of rows; a step waits for those of the neighbours, as two states alternate."""
    for k in range(steps):
        pieces.stencil(both[k % 2], both[(k + 1) % 2], first, last, rate)
        for send, _ in (above, below):
            send.release()
        for _, receive in (above, below):
            acquire(receive)


def acquire(semaphore):
    """Takes a semaphore: a neighbour is seldom late by more than a few tries take."""
    for _ in range(200):
        if semaphore.acquire(False):
            return
    semaphore.acquire()


@contextmanager
def strips(work, workers):
    """A strip of rows for each process, and between neighbours a semaphore in each direction."""
    both = shared_array((2, work.side, work.side), np.float64)
    bounds = parts(work.side, workers)
    down, up = ([FORK.Semaphore(0) for _ in bounds] for _ in range(2))  # from the strip of that number
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


def _send_words(pipe, messages):
    for message in messages:
        pipe.send_bytes(message.to_bytes(8, "little"))


def _receive_words(pipe, count, producers):
    received = b"".join([pipe.recv_bytes() for _ in range(count)])
    return tally(np.frombuffer(received, np.uint64), producers)


@contextmanager
def one_way(work, _):
    receiver, sender = FORK.Pipe(duplex=False)
    producers = [(_send_words, sender, work.numbers(k)) for k in range(work.producers)]
    with Crew([(_receive_words, receiver, work.count, work.producers), *producers]) as crew:
        yield crew


@cell("mailbox", "multiprocessing-pool", cases=["1to1", "4to1"], load=one_way, slow={"medium": "a minute and more"})
def mailbox(crew, _):
    """A `Pipe`: a few bytes are written at once, so that producers need no lock as `SimpleQueue` has."""
    crew.begin()
    return crew.results()[:1]


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


def _answer(pipe, count):
    received = []
    for _ in range(count):
        received.append(pipe.recv_bytes())
        pipe.send_bytes(b"")
    return tally(np.frombuffer(b"".join(received), np.uint64), 1)


@contextmanager
def both_ways(work, _):
    here, there = FORK.Pipe()
    with Crew([(_answer, there, work.count)]) as crew:
        yield work, here, crew


@cell("mailbox", "multiprocessing-pool", cases=["ping-pong"], load=both_ways)
def ping_pong(loaded, _):
    """A `Pipe`: a system call for each message, and one more to learn the length of what comes."""
    work, pipe, crew = loaded
    crew.begin()
    for message in work.numbers(0):
        pipe.send_bytes(message.to_bytes(8, "little"))
        pipe.recv_bytes()
    return crew.results()


def _take(pipe, words, count):
    consumer, buffer = BufferConsumer(words), np.empty(words, np.uint64)
    for _ in range(count):
        pipe.recv_bytes_into(buffer)
        consumer.take(buffer)
    return consumer.tally()


@contextmanager
def bytes_one_way(work, _):
    receiver, sender = FORK.Pipe(duplex=False)
    with Crew([(_take, receiver, work.words, work.count)]) as crew:
        yield work, sender, crew


@cell("mailbox", "multiprocessing-pool", cases=["1KiB", "64KiB", "1MiB"], load=bytes_one_way, kernel="pieces.py:fill")
def buffers(loaded, _):
    """Bytes through a `Pipe`, copied in and copied out, into one buffer on each side."""
    work, pipe, crew = loaded
    crew.begin()
    buffer = np.empty(work.words, np.uint64)
    for number in range(work.count):
        fill(number, buffer)
        pipe.send_bytes(buffer)
    return crew.results()


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
    """A ring of slots in shared memory: they are filled and read where they are, and two semaphores count them."""
    work, slots, full, free, crew = loaded
    crew.begin()
    for number in range(work.count):
        acquire(free)
        fill(number, slots[number % SLOTS])
        full.release()
    return crew.results()


class Ring:
    """A ring of words in shared memory between two processes, which spin: one only writes `sent`, the other `taken`.

    That a word is there before `sent` says so holds where the processor keeps the order of writes.
    """

    SLOTS = 1024
    SENT, TAKEN, FIRST = 0, 8, 16  # places, in words: each count has a cache line of its own

    def __init__(self):
        if platform.machine() not in ("x86_64", "AMD64"):
            raise Unavailable("the ring needs a processor that keeps the order of writes, such as x86-64")
        self.words = memoryview(mmap.mmap(-1, 8 * (self.FIRST + self.SLOTS))).cast("Q")
        self.room, self.at = self.SLOTS, 0  # of the process that sends or takes

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
        """All words that are there, at least one, and not those beyond the end of the ring."""
        words, at = self.words, self.at
        while (sent := words[self.SENT]) == at:
            os.sched_yield()
        start = at % self.SLOTS
        end = min(start + sent - at, self.SLOTS)
        taken = words[self.FIRST + start : self.FIRST + end].tolist()
        words[self.TAKEN] = self.at = at + len(taken)
        return taken


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
