"""multiprocessing and ProcessPoolExecutor: an interpreter for each core, with everything between them pickled."""

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
        "idea": "a pool of processes receives calls and returns results, both pickled",
        "gives": "all cores for pure Python",
        "costs": "a copy of every argument and result, and tens of microseconds per call",
        "cores": "workers",
    },
    "multiprocessing-shared": {
        "idea": "processes work on one block of shared memory, with a barrier between steps",
        "gives": "all cores without copies",
        "costs": "memory that must be named, divided and unlinked by hand",
        "cores": "workers",
        "daemons": True,
    },
    "multiprocessing-value": {
        "idea": "counts in shared memory behind a lock",
        "gives": "counts that lose no update",
        "costs": "an inter-process lock for each item",
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
    """Starts the process that unlinks leaked blocks; it would otherwise start within the first run."""
    resource_tracker.ensure_running()
    time.sleep(0.2)  # until it has started
    yield workers


def _row(argument):
    return np.array(julia_row(*argument), np.int32)


def _inside(argument):
    return inside(*argument)


@cell("julia", "multiprocessing-pool")
def julia(work, pool):
    """Four rows to a call, taken by whichever process is free; the coordinates are sent with each."""
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
    """Row by row, since a row needs the whole previous one."""
    previous, each = [], max(1, work.width // 4)
    for own, needs in zip(work.own, work.needs):
        row = [(h, [previous[q] for q in need], work.turns) for h, need in zip(own, needs)]
        previous = pool.map(_task, row, chunksize=each)
    return previous


@cell("taskgraph", "process-pool")
def taskgraph_futures(work, pool):
    previous, each = [], max(1, work.width // 4)
    for own, needs in zip(work.own, work.needs):
        row = [(h, [previous[q] for q in need], work.turns) for h, need in zip(own, needs)]
        previous = list(pool.map(_task, row, chunksize=each))
    return previous


def _walk(argument):
    return walk(*argument)


@cell("treesearch", "multiprocessing-pool")
def treesearch(work, pool):
    """Sixteen branches to a call, taken by whichever process is free; a large branch keeps one process busy."""
    return work.with_root(pool.imap_unordered(_walk, [([h], work.odds, work.CHILDREN) for h in work.branches()], 16))


def _fit(argument):
    return fit(*argument)


def fits(work):
    """The arguments of all fits of a search, each with the whole table."""
    return [(work.x, work.y, *work.split(fold), penalty) for penalty in work.penalties for fold in range(5)]


@cell("gridsearch", "multiprocessing-pool")
def gridsearch(work, pool):
    """The table is sent with each fit."""
    return np.array(pool.map(_fit, fits(work), chunksize=1)).reshape(-1, 5)


def _strip(name, barrier, side, first, last, steps, rate):
    """Steps one process's strip of rows; two states of the torus alternate."""
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
        arguments = [(block.name, barrier, work.side, *strip, work.steps, work.RATE) for strip in strips]
        started = [FORK.Process(target=_strip, args=args) for args in arguments]
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
    arguments = [(counts.get_obj(), counts.get_lock(), work.seed, work.mask, *part) for part in parts(work.n, workers)]
    started = [FORK.Process(target=_count, args=args) for args in arguments]
    for process in started:
        process.start()
    for process in started:
        process.join()
    return counts[:]


def _produce(queue, messages):
    for message in messages:
        queue.put(message)
    queue.put(None)


def _consume(queue, replies, running, producers):
    received = []
    while running:
        message = queue.get()
        if message is None:
            running -= 1
        else:
            received.append(message)
    replies.put(tally(received, producers))


@cell("mailbox", "multiprocessing-pool", cases=["1to1", "4to1"], slow={"medium": "three minutes"})
def mailbox(work, _):
    """`multiprocessing.Queue`: a thread that pickles, a pipe, and two semaphores."""
    queue, replies = FORK.Queue(), FORK.SimpleQueue()
    consumer = FORK.Process(target=_consume, args=(queue, replies, work.producers, work.producers))
    producers = [FORK.Process(target=_produce, args=(queue, work.numbers(k))) for k in range(work.producers)]
    for process in [consumer, *producers]:
        process.start()
    result = replies.get()
    for process in [consumer, *producers]:
        process.join()
    return [result]


def _answer(pipe, count):
    received = []
    for _ in range(count):
        received.append(pipe.recv())
        pipe.send(None)
    pipe.send(tally(received, 1))


@cell("mailbox", "multiprocessing-pool", cases=["ping-pong"])
def ping_pong(work, _):
    """A `Pipe`: one pickle and one system call each way."""
    pipe, child_end = FORK.Pipe()
    consumer = FORK.Process(target=_answer, args=(child_end, work.count))
    consumer.start()
    for message in work.numbers(0):
        pipe.send(message)
        pipe.recv()
    result = pipe.recv()
    consumer.join()
    return [result]


def _take(pipe, words, count):
    consumer = BufferConsumer(words)
    for _ in range(count):
        consumer.take(np.frombuffer(pipe.recv_bytes(), np.uint64))
    pipe.send(consumer.tally())


@cell("mailbox", "multiprocessing-pool", cases=["1KiB", "64KiB", "1MiB"])
def buffers(work, _):
    """Bytes through a `Pipe`, copied in and copied out."""
    pipe, child_end = FORK.Pipe()
    consumer = FORK.Process(target=_take, args=(child_end, work.words, work.count))
    consumer.start()
    for number in range(work.count):
        pipe.send_bytes(work.buffer(number))
    result = pipe.recv()
    consumer.join()
    return [result]


SLOTS = 4


def _take_shared(name, pipe, free, words, count):
    block = shared_memory.SharedMemory(name)
    slots = np.ndarray((SLOTS, words), np.uint64, block.buf)
    consumer = BufferConsumer(words)
    for number in range(count):
        pipe.recv_bytes()
        consumer.take(slots[number % SLOTS])
        free.release()
    pipe.send(consumer.tally())
    del slots
    block.close()


@cell("mailbox", "multiprocessing-shared", cases=["1KiB", "64KiB", "1MiB"])
def buffers_shared(work, _):
    """A ring of slots in shared memory; one byte through the pipe says that the next slot is full."""
    with scratch.block(SLOTS * 8 * work.words) as block:
        slots = np.ndarray((SLOTS, work.words), np.uint64, block.buf)
        pipe, child_end = FORK.Pipe()
        free = FORK.Semaphore(SLOTS)
        consumer = FORK.Process(target=_take_shared, args=(block.name, child_end, free, work.words, work.count))
        consumer.start()
        for number in range(work.count):
            free.acquire()
            slots[number % SLOTS] = work.buffer(number)
            pipe.send_bytes(b"!")
        result = pipe.recv()
        consumer.join()
        del slots
        return [result]
