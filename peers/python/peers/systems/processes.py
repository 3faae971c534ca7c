"""multiprocessing and ProcessPoolExecutor: an interpreter for each core, and everything that goes between them pickled."""

import multiprocessing as mp
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import resource_tracker, shared_memory

import numpy as np

from peers import scratch
from peers.cells import cell, start
from peers.pieces import fit, inside, parts
from peers.suite.mailbox import BufferConsumer, tally
from peers.suite.random import at1
from peers.systems.pure import julia_row, task, walk

LIBRARIES = ["numpy"]

TECHNIQUES = {
    "multiprocessing-pool": {
        "idea": "a pool of processes takes calls by pickle and gives results by pickle",
        "gives": "all cores for pure Python",
        "costs": "a copy of every argument and result, and some tens of microseconds per call",
        "cores": "workers",
    },
    "multiprocessing-shared": {
        "idea": "processes that work on one block of shared memory, with a barrier between steps",
        "gives": "all cores without copies",
        "costs": "memory that must be named, cut up and unlinked by hand",
        "cores": "workers",
        "daemons": True,
    },
    "multiprocessing-value": {
        "idea": "one count in shared memory behind a lock",
        "gives": "a count that loses nothing",
        "costs": "a system-wide lock for each item",
        "cores": "workers",
    },
    "process-pool": {
        "idea": "concurrent.futures over processes: the same pool with futures",
        "gives": "one interface for threads and processes",
        "costs": "a thread that pickles, and more per call than `Pool`",
        "cores": "workers",
    },
}

FORK = mp.get_context("fork")  # the default on Linux up to 3.13; nothing here has started threads


@start("multiprocessing-pool")
def pool(workers):
    with FORK.Pool(workers) as started:
        started.map(abs, range(workers))
        yield started


@start("process-pool")
def executor(workers):
    with ProcessPoolExecutor(workers, mp_context=FORK) as started:
        list(started.map(abs, range(4 * workers)))
        yield started


@start("multiprocessing-shared")
def tracker(workers):
    """The process that unlinks what is forgotten starts with the first block, and not within a run."""
    resource_tracker.ensure_running()
    time.sleep(0.2)  # until it has started, beside us
    yield workers


def _row(argument):
    return np.array(julia_row(*argument), np.int32)


def _inside(argument):
    return inside(*argument)


@cell("julia", "multiprocessing-pool")
def julia(work, pool):
    """Rows as they come free; each row's coordinates travel with it."""
    xs = work.xs.tolist()
    return np.array(pool.map(_row, [(xs, y, work.limit) for y in work.ys.tolist()], chunksize=4))


@cell("julia", "process-pool")
def julia_futures(work, pool):
    xs = work.xs.tolist()
    return np.array(list(pool.map(_row, [(xs, y, work.limit) for y in work.ys.tolist()], chunksize=4)))


@cell("montecarlo", "multiprocessing-pool")
def montecarlo(work, pool):
    return sum(pool.map(_inside, [(work.seed, *part) for part in parts(work.samples, 16)], chunksize=1))


@cell("montecarlo", "process-pool")
def montecarlo_futures(work, pool):
    return sum(pool.map(_inside, [(work.seed, *part) for part in parts(work.samples, 16)]))


def _task(argument):
    return task(*argument)


@cell("taskgraph", "multiprocessing-pool")
def taskgraph(work, pool):
    """Row by row: a row needs the whole row before it."""
    before, each = [], max(1, work.width // 4)
    for own, needs in zip(work.own, work.needs):
        row = [(h, [before[q] for q in need], work.turns) for h, need in zip(own, needs)]
        before = pool.map(_task, row, chunksize=each)
    return before


@cell("taskgraph", "process-pool")
def taskgraph_futures(work, pool):
    before, each = [], max(1, work.width // 4)
    for own, needs in zip(work.own, work.needs):
        row = [(h, [before[q] for q in need], work.turns) for h, need in zip(own, needs)]
        before = list(pool.map(_task, row, chunksize=each))
    return before


def _walk(argument):
    return walk(*argument)


@cell("treesearch", "multiprocessing-pool")
def treesearch(work, pool):
    """Branches as they come free; who has the large one works on it alone."""
    return work.with_root(pool.imap_unordered(_walk, [([h], work.odds, work.CHILDREN) for h in work.branches()], 16))


def _fit(argument):
    return fit(*argument)


def fits(work):
    """The fits of a search, each with all that it needs."""
    return [(work.x, work.y, *work.split(fold), penalty) for penalty in work.penalties for fold in range(5)]


@cell("gridsearch", "multiprocessing-pool")
def gridsearch(work, pool):
    """The table travels with each fit."""
    return np.array(pool.map(_fit, fits(work), chunksize=1)).reshape(-1, 5)


def _strip(name, barrier, side, first, last, steps, rate):
    """One process's rows of the torus, step by step; two states take turns."""
    block = shared_memory.SharedMemory(name)
    both = np.ndarray((2, side, side), np.float64, block.buf)
    rows = np.arange(first, last)
    for k in range(steps):
        u, new = both[k % 2], both[(k + 1) % 2]
        here = u[first:last]
        sums = u[rows - 1] + u[(rows + 1) % side] + np.roll(here, 1, 1) + np.roll(here, -1, 1) - 4 * here
        new[first:last] = here + rate * sums
        barrier.wait()
    del both, u, new, here
    block.close()


@cell("heat", "multiprocessing-shared")
def heat(work, workers):
    """A strip of rows for each process, and a barrier after each step."""
    with scratch.block(2 * work.initial.nbytes) as block:
        both = np.ndarray((2, work.side, work.side), np.float64, block.buf)
        both[0] = work.initial
        barrier = FORK.Barrier(workers)
        strips = parts(work.side, workers)
        what = [(block.name, barrier, work.side, *strip, work.steps, work.RATE) for strip in strips]
        started = [FORK.Process(target=_strip, args=args) for args in what]
        for process in started:
            process.start()
        for process in started:
            process.join()
        result = both[work.steps % 2].copy()
        del both
        return result


def _count(counts, lock, seed, mask, first, last):
    for i in range(first, last):
        key = at1(seed, i) & mask
        with lock:
            counts[key] += 1


@cell("histogram", "multiprocessing-value", slow={"medium": "ten minutes"}, cases=["256", "1", "65536"])
def histogram(work, workers):
    counts = FORK.Array("q", work.bins)
    what = [(counts.get_obj(), counts.get_lock(), work.seed, work.mask, *part) for part in parts(work.n, workers)]
    started = [FORK.Process(target=_count, args=args) for args in what]
    for process in started:
        process.start()
    for process in started:
        process.join()
    return counts[:]


def _produce(box, messages):
    for message in messages:
        box.put(message)
    box.put(None)


def _consume(box, back, ends, producers):
    received = []
    while ends:
        message = box.get()
        if message is None:
            ends -= 1
        else:
            received.append(message)
    back.put(tally(received, producers))


@cell("mailbox", "multiprocessing-pool", cases=["1to1", "4to1"], slow={"medium": "three minutes"})
def mailbox(work, _):
    """`multiprocessing.Queue`: a thread that pickles, a pipe, and two semaphores."""
    box, back = FORK.Queue(), FORK.SimpleQueue()
    consumer = FORK.Process(target=_consume, args=(box, back, work.producers, work.producers))
    producers = [FORK.Process(target=_produce, args=(box, work.numbers(k))) for k in range(work.producers)]
    for process in [consumer, *producers]:
        process.start()
    result = back.get()
    for process in [consumer, *producers]:
        process.join()
    return [result]


def _answer(line, count):
    received = []
    for _ in range(count):
        received.append(line.recv())
        line.send(None)
    line.send(tally(received, 1))


@cell("mailbox", "multiprocessing-pool", cases=["ping-pong"])
def ping_pong(work, _):
    """A `Pipe`: one pickle and one system call each way."""
    ours, theirs = FORK.Pipe()
    consumer = FORK.Process(target=_answer, args=(theirs, work.count))
    consumer.start()
    for message in work.numbers(0):
        ours.send(message)
        ours.recv()
    result = ours.recv()
    consumer.join()
    return [result]


def _take(line, words, count):
    consumer = BufferConsumer(words)
    for _ in range(count):
        consumer.take(np.frombuffer(line.recv_bytes(), np.uint64))
    line.send(consumer.tally())


@cell("mailbox", "multiprocessing-pool", cases=["1KiB", "64KiB", "1MiB"])
def buffers(work, _):
    """Bytes through a `Pipe`: copied in and copied out."""
    ours, theirs = FORK.Pipe()
    consumer = FORK.Process(target=_take, args=(theirs, work.words, work.count))
    consumer.start()
    for number in range(work.count):
        ours.send_bytes(work.buffer(number))
    result = ours.recv()
    consumer.join()
    return [result]


SLOTS = 4


def _take_shared(name, line, free, words, count):
    block = shared_memory.SharedMemory(name)
    slots = np.ndarray((SLOTS, words), np.uint64, block.buf)
    consumer = BufferConsumer(words)
    for number in range(count):
        line.recv_bytes()
        consumer.take(slots[number % SLOTS])
        free.release()
    line.send(consumer.tally())
    del slots
    block.close()


@cell("mailbox", "multiprocessing-shared", cases=["1KiB", "64KiB", "1MiB"])
def buffers_shared(work, _):
    """A ring of slots in shared memory; only a word through the pipe says that one is full."""
    with scratch.block(SLOTS * 8 * work.words) as block:
        slots = np.ndarray((SLOTS, work.words), np.uint64, block.buf)
        ours, theirs = FORK.Pipe()
        free = FORK.Semaphore(SLOTS)
        consumer = FORK.Process(target=_take_shared, args=(block.name, theirs, free, work.words, work.count))
        consumer.start()
        for number in range(work.count):
            free.acquire()
            slots[number % SLOTS] = work.buffer(number)
            ours.send_bytes(b"!")
        result = ours.recv()
        consumer.join()
        del slots
        return [result]
