"""threading and ThreadPoolExecutor: many threads, one of which runs Python at a time.

Because of the global interpreter lock (GIL), threads help with waiting and with compiled code that releases it, but
not with computing in Python: `threading-pure` shows that by the cores it uses.
"""

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from time import sleep

import numpy as np

from peers.cells import cell, start
from peers.counters import counted, together
from peers.pieces import BufferConsumer, block, fill, grid, in_rounds, inside, keys, parts, row_by_row, rows
from peers.pieces import waited, walk
from peers.suite.fanout import result_of
from peers.suite.mailbox import tally
from peers.systems.pure import hits, julia_row
from peers.timekeeper import Timekeeper

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "threading": {
        "idea": "threads are started, given pieces of compiled work that releases the GIL, and joined",
        "gives": "overlapping waits in plain code, and all cores for compiled code",
        "costs": "one thread at a time for all work in Python itself",
        "cores": "workers",
    },
    "threading-pure": {
        "idea": "the same threads with bodies of pure Python",
        "gives": "overlapping waits in plain code",
        "costs": "only one core, since one thread runs Python at a time",
        "cores": "workers",
    },
    "thread-pool-executor": {
        "idea": "a pool of threads takes calls of compiled work and returns futures",
        "gives": "the same, with results and errors returned",
        "costs": "the same, and several microseconds per call",
        "cores": "workers",
    },
}


@start("thread-pool-executor")
def pool(workers):
    with ThreadPoolExecutor(workers) as executor:
        list(executor.map(sleep, [0.01] * workers))  # the first calls start the threads
        executor.workers = workers
        yield executor


def share_out(workers, pieces, work):
    """Runs `work` on all pieces by threads, each of which takes the next piece when it is free; waits for all."""
    todo = deque(enumerate(pieces))

    def take():
        while True:
            try:
                k, piece = todo.popleft()
            except IndexError:  # no more; a test before `popleft` would be a race
                return
            work(k, *piece)

    run_all([(take, ())] * workers)


def run_all(calls):
    """Runs each call in its own thread, and waits for all."""
    threads = [threading.Thread(target=function, args=arguments) for function, arguments in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@cell("julia", "threading", kernel="pieces.py:rows")
def julia(work, workers):
    counts = np.empty((len(work.ys), len(work.xs)), np.int32)

    def piece(_, first, last):
        counts[first:last] = rows(work.xs, work.ys[first:last], work.limit)

    share_out(workers, parts(len(work.ys), 16 * workers), piece)
    return counts


@cell("julia", "threading-pure", kernel="systems/pure.py:julia_row")
def julia_pure(work, workers):
    xs, ys, counts = work.xs.tolist(), work.ys.tolist(), [None] * len(work.ys)

    def piece(_, first, last):
        for i in range(first, last):
            counts[i] = julia_row(xs, ys[i], work.limit)

    share_out(workers, parts(len(ys), 16 * workers), piece)
    return counts


@cell("julia", "thread-pool-executor", kernel="pieces.py:rows")
def julia_pool(work, pool):
    blocks = parts(len(work.ys), 16 * pool.workers)
    return np.concatenate(list(pool.map(lambda bounds: rows(work.xs, work.ys[slice(*bounds)], work.limit), blocks)))


@cell("montecarlo", "threading", kernel="pieces.py:inside")
def montecarlo(work, workers):
    counts = [0] * workers

    def piece(k, first, last):
        counts[k] = inside(work.seed, first, last)

    share_out(workers, parts(work.samples, workers), piece)
    return sum(counts)


@cell("montecarlo", "threading-pure", slow={"medium": "eight minutes"}, kernel="systems/pure.py:hits")
def montecarlo_pure(work, workers):
    counts = [0] * workers

    def piece(k, first, last):
        counts[k] = hits(work.seed, first, last)

    share_out(workers, parts(work.samples, workers), piece)
    return sum(counts)


@cell("montecarlo", "thread-pool-executor", kernel="pieces.py:inside")
def montecarlo_pool(work, pool):
    return sum(pool.map(lambda bounds: inside(work.seed, *bounds), parts(work.samples, pool.workers)))


def as_arrays(work, _):
    return grid(work)


@cell("taskgraph", "thread-pool-executor", load=as_arrays, kernel="pieces.py:block")
def taskgraph(grid, pool):
    """Row by row, a share of the columns to each thread."""
    return row_by_row(grid, pool.workers, lambda calls: pool.map(lambda call: block(grid, *call), calls))


@cell("treesearch", "thread-pool-executor", kernel="pieces.py:walk")
def treesearch(work, pool):
    """A share of the nodes for each thread, dealt out again in each round."""
    return in_rounds(work, pool.workers, lambda calls: pool.map(lambda call: walk(*call), calls))


@cell("histogram", "threading", slow={"medium": "a minute"}, cases=["256", "1", "65536"], kernel="pieces.py:keys")
def histogram(work, workers):
    """One table and one lock: without it, `counts[k] += 1`, a read and a write, could lose updates."""
    counts, lock = [0] * work.bins, threading.Lock()

    def piece(_, first, last):
        for key in keys(work.seed, work.mask, first, last).tolist():
            with lock:
                counts[key] += 1

    share_out(workers, parts(work.n, max(workers, work.n >> 14)), piece)
    return counts


@cell("wordcount", "threading-pure", kernel="counters.py:counted")
def wordcount_pure(work, workers):
    """`Counter` is written in C, but it counts Python's objects, and holds the GIL."""
    tables = [None] * workers

    def piece(k, first, last):
        tables[k] = counted(work.text, first, last)

    share_out(workers, parts(len(work.text), workers), piece)
    return together(tables)


def fan_out(work, finish):
    """A thread for each wait, and a semaphore for the limit."""
    work.restart()
    results, slots = [None] * work.n, threading.Semaphore(work.limit)

    def one(i):
        with slots:
            work.begin(i)
            sleep(work.seconds(i))
            results[i] = finish(i)

    run_all([(one, (i,)) for i in range(work.n)])
    return results


@cell("fanout", "threading", cases=[""], kernel="pieces.py:waited")
def fanout(work, _):
    def finish(i):
        work.end(i)
        return waited(i, work.turns)

    return fan_out(work, finish)


@cell("fanout", "threading-pure", cases=[""])
def fanout_pure(work, _):
    return fan_out(work, work.finish)


@contextmanager
def waiting_pool(work, _):
    """A started pool as large as the limit; its threads wait, so they may outnumber the cores."""
    with ThreadPoolExecutor(work.limit) as executor:
        list(executor.map(sleep, [0.01] * work.limit))
        yield work, executor


@cell("fanout", "thread-pool-executor", load=waiting_pool, cases=[""], kernel="pieces.py:waited")
def fanout_pool(loaded, _):
    work, executor = loaded

    def one(i):
        work.begin(i)
        sleep(work.seconds(i))
        work.end(i)
        return waited(i, work.turns)

    work.restart()
    return list(executor.map(one, range(work.n)))


def await_offer(work, i):
    """Sleeps until operation `i` is offered."""
    while (seconds := work.offered_in(i)) > 0:
        sleep(seconds)


def run_in_time(operation, timekeeper, result):
    """One operation on the calling thread, which the timekeeper wakes at the deadline."""
    with operation:
        if not timekeeper.lasted(operation):
            return []
        operation.over()
        return operation.deliver(result(operation.i, operation.work.turns))


def expire_with(work, result):
    """A thread for each operation that begins; the calling thread enforces the times of offers and the limit."""
    delivered, slots = [], threading.Semaphore(work.limit)

    def one(operation):
        delivered.extend(run_in_time(operation, timekeeper, result))
        slots.release()

    work.restart()
    threads = []
    with Timekeeper() as timekeeper:
        for i in range(work.n):
            slots.acquire()
            await_offer(work, i)
            if operation := work.begin(i):
                threads.append(threading.Thread(target=one, args=(operation,)))
                threads[-1].start()
            else:
                slots.release()
        for thread in threads:
            thread.join()
    return delivered


@cell("fanout", "threading", cases=["deadline", "overload"], kernel="pieces.py:waited")
def expire(work, _):
    """Operations that are cancelled or shed: a thread sleeps on an event, so that it can be woken."""
    return expire_with(work, waited)


@cell("fanout", "threading-pure", cases=["deadline", "overload"])
def expire_pure(work, _):
    return expire_with(work, result_of)


@cell("fanout", "thread-pool-executor", load=waiting_pool, cases=["deadline", "overload"], kernel="pieces.py:waited")
def expire_pool(loaded, _):
    """The pool has as many threads as operations may be under way, and takes the operations in order."""
    work, executor = loaded

    def one(i):
        await_offer(work, i)
        operation = work.begin(i)
        return run_in_time(operation, timekeeper, waited) if operation else []

    work.restart()
    with Timekeeper() as timekeeper:
        return [pair for pairs in executor.map(one, range(work.n)) for pair in pairs]


@cell("mailbox", "threading", cases=["1to1", "4to1", "2x2"], slow={"medium": "a minute and more"})
def mailbox(work, _):
    """`queue.SimpleQueue` is written in C; a consumer sleeps while it is empty, and stops at `None`."""
    channel, tallies = SimpleQueue(), []

    def produce(producer):
        put = channel.put
        for message in work.numbers(producer):
            put(message)

    def consume():
        tallies.append(tally(list(iter(channel.get, None)), work.producers))

    consumers = [threading.Thread(target=consume) for _ in range(work.consumers)]
    for thread in consumers:
        thread.start()
    run_all([(produce, (k,)) for k in range(work.producers)])
    for _ in consumers:
        channel.put(None)
    for thread in consumers:
        thread.join()
    return tallies


@cell("mailbox", "threading", cases=["ping-pong"])
def ping_pong(work, _):
    """Two queues: one for messages, one for acknowledgements."""
    messages, replies, received = SimpleQueue(), SimpleQueue(), []

    def consume():
        for _ in range(work.count):
            received.append(messages.get())
            replies.put(None)

    consumer = threading.Thread(target=consume)
    consumer.start()
    for message in work.numbers(0):
        messages.put(message)
        replies.get()
    consumer.join()
    return [tally(received, 1)]


@cell("mailbox", "threading", cases=["1KiB", "64KiB", "1MiB"], kernel="pieces.py:fill")
def buffers(work, _):
    """Only a reference to a buffer is passed; buffers that were read come back to be filled again."""
    channel, free, consumer = SimpleQueue(), SimpleQueue(), BufferConsumer(work.words)

    def consume():
        for _ in range(work.count):
            buffer = channel.get()
            consumer.take(buffer)
            free.put(buffer)

    thread = threading.Thread(target=consume)
    thread.start()
    for _ in range(16):
        free.put(np.empty(work.words, np.uint64))
    for number in range(work.count):
        buffer = free.get()
        fill(number, buffer)
        channel.put(buffer)
    thread.join()
    return [consumer.tally()]
