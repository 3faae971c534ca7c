"""threading and ThreadPoolExecutor: many threads, of which one runs Python at a time.

Because of the global interpreter lock (GIL), threads help with waiting but not with computing: `julia` and
`montecarlo` show that by the cores they use, and `fanout` shows what threads are good for.
"""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor

from peers.cells import cell, start
from peers.suite.mailbox import BufferConsumer, tally
from peers.suite.random import at1
from peers.systems.pure import hits, julia_row

LIBRARIES = []

TECHNIQUES = {
    "threading": {
        "idea": "threads are started, given shares of the work, and joined",
        "gives": "overlapping waits in plain code",
        "costs": "only one core, since one thread runs Python at a time",
        "cores": "workers",
    },
    "thread-pool-executor": {
        "idea": "a pool of threads takes calls and returns futures",
        "gives": "the same, with results and errors returned",
        "costs": "the same, and several microseconds per call",
        "cores": "workers",
    },
}


@start("thread-pool-executor")
def pool(workers):
    with ThreadPoolExecutor(workers) as executor:
        list(executor.map(bool, range(workers)))  # the first calls start the threads
        yield executor


def share_out(workers, n, work):
    """Runs `work` on an equal part of `n` items in each thread, and waits for all."""
    edges = [n * k // workers for k in range(workers + 1)]
    threads = [threading.Thread(target=work, args=bounds) for bounds in zip(range(workers), edges, edges[1:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@cell("julia", "threading")
def julia(work, workers):
    xs, ys, rows = work.xs.tolist(), work.ys.tolist(), [None] * len(work.ys)

    def part(_, first, last):
        for i in range(first, last):
            rows[i] = julia_row(xs, ys[i], work.limit)

    share_out(workers, len(ys), part)
    return rows


@cell("julia", "thread-pool-executor")
def julia_pool(work, pool):
    xs = work.xs.tolist()
    return list(pool.map(lambda y: julia_row(xs, y, work.limit), work.ys.tolist()))


@cell("montecarlo", "threading", slow={"medium": "eight minutes"})
def montecarlo(work, workers):
    counts = [0] * workers

    def part(worker, first, last):
        counts[worker] = hits(work.seed, first, last)

    share_out(workers, work.samples, part)
    return sum(counts)


@cell("histogram", "threading", slow={"medium": "two minutes"}, cases=["256", "1", "65536"])
def histogram(work, workers):
    """One table and one lock, without which `counts[k] += 1`, a read and a write, could lose updates."""
    counts, lock = [0] * work.bins, threading.Lock()

    def part(_, first, last):
        for i in range(first, last):
            key = at1(work.seed, i) & work.mask
            with lock:
                counts[key] += 1

    share_out(workers, work.n, part)
    return counts


@cell("fanout", "threading")
def fanout(work, _):
    """A thread for each wait, and a semaphore for the limit."""
    from time import sleep

    work.restart()
    results, slots = [None] * work.n, threading.Semaphore(work.limit)

    def one(i):
        with slots:
            work.begin(i)
            sleep(work.seconds(i))
            results[i] = work.finish(i)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(work.n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@cell("fanout", "thread-pool-executor")
def fanout_pool(work, _):
    """A pool as large as the limit; its threads wait, so they need no cores of their own."""
    from time import sleep

    def one(i):
        work.begin(i)
        sleep(work.seconds(i))
        return work.finish(i)

    work.restart()
    with ThreadPoolExecutor(work.limit) as executor:
        return list(executor.map(one, range(work.n)))


@cell("mailbox", "threading", cases=["1to1", "4to1", "2x2"], slow={"medium": "a minute and more"})
def mailbox(work, _):
    """`queue.SimpleQueue`, which is written in C; `None` tells a consumer to stop."""
    channel, tallies = queue.SimpleQueue(), []

    def produce(producer):
        for message in work.numbers(producer):
            channel.put(message)

    def consume():
        received = []
        while (message := channel.get()) is not None:
            received.append(message)
        tallies.append(tally(received, work.producers))

    consumers = [threading.Thread(target=consume) for _ in range(work.consumers)]
    producers = [threading.Thread(target=produce, args=(k,)) for k in range(work.producers)]
    for thread in consumers + producers:
        thread.start()
    for thread in producers:
        thread.join()
    for _ in consumers:
        channel.put(None)
    for thread in consumers:
        thread.join()
    return tallies


@cell("mailbox", "threading", cases=["ping-pong"])
def ping_pong(work, _):
    """Two queues: one for messages, one for acknowledgements."""
    messages, replies, received = queue.SimpleQueue(), queue.SimpleQueue(), []

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


@cell("mailbox", "threading", cases=["1KiB", "64KiB", "1MiB"])
def buffers(work, _):
    """Only a reference is passed, whatever the size of the buffer."""
    channel, consumer = queue.Queue(16), BufferConsumer(work.words)

    def consume():
        for _ in range(work.count):
            consumer.take(channel.get())

    thread = threading.Thread(target=consume)
    thread.start()
    for number in range(work.count):
        channel.put(work.buffer(number))
    thread.join()
    return [consumer.tally()]
