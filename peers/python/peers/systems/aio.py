"""asyncio and uvloop: coroutines on one thread, and the same on libuv's event loop."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from peers.cells import cell, start
from peers.suite.fanout import result_of
from peers.suite.mailbox import tally
from peers.suite.random import mix1, spin1

LIBRARIES = ["uvloop"]

TECHNIQUES = {
    "asyncio": {
        "idea": "coroutines that wait for each other and for I/O, on one thread",
        "gives": "ten thousand waits in one process",
        "costs": "a computation blocks every coroutine, and callers must be `async` as well",
        "cores": "one",
    },
    "uvloop": {
        "idea": "the same code on libuv's event loop, which is written in C",
        "gives": "cheaper switches between coroutines, for one line of code",
        "costs": "a dependency",
        "cores": "one",
    },
    "asyncio+processes": {
        "idea": "coroutines wait, and a pool of processes computes",
        "gives": "overlapping waits and all cores",
        "costs": "pickling the argument and the result of each computation",
        "cores": "workers",
    },
}


@contextmanager
def _runner(factory):
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.get_loop()
        yield runner


@start("asyncio")
def loop(_):
    with _runner(None) as runner:
        yield runner


@start("uvloop")
def loop_of_libuv(_):
    import uvloop

    with _runner(uvloop.new_event_loop) as runner:
        yield runner


@start("asyncio+processes")
def loop_and_processes(workers):
    """The processes start before the loop, so they inherit no part of it."""
    import multiprocessing

    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
        list(pool.map(abs, range(4 * workers)))
        with _runner(None) as runner:
            yield runner, pool


async def wait(work, i):
    """Sleeps until the deadline: uvloop counts in whole milliseconds, and may wake a sleeper up to one early."""
    while (seconds := work.remaining(i)) > 0:
        await asyncio.sleep(seconds)


@cell("fanout", "asyncio", "uvloop")
def fanout(work, runner):
    """All waits at once, up to the limit of the semaphore; the work after each runs on this same thread."""

    async def one(i, slots):
        async with slots:
            work.begin(i)
            await wait(work, i)
            return work.finish(i)

    async def gather():
        slots = asyncio.Semaphore(work.limit)
        return await asyncio.gather(*(one(i, slots) for i in range(work.n)))

    work.restart()
    return runner.run(gather())


@cell("fanout", "asyncio+processes")
def fanout_processes(work, started):
    """The waits happen in this process, the work after them in the pool."""
    runner, pool = started

    async def one(i, slots):
        async with slots:
            work.begin(i)
            await wait(work, i)
            work.end(i)
            return await asyncio.get_running_loop().run_in_executor(pool, result_of, i, work.turns)

    async def gather():
        slots = asyncio.Semaphore(work.limit)
        return await asyncio.gather(*(one(i, slots) for i in range(work.n)))

    work.restart()
    return runner.run(gather())


@cell("mailbox", "asyncio", "uvloop", cases=["1to1", "4to1", "2x2"], slow={"medium": "a minute"})
def mailbox(work, runner):
    """A bounded queue between tasks: producers wait while it is full, consumers while it is empty."""

    async def produce(queue, producer):
        for message in work.numbers(producer):
            await queue.put(message)

    async def consume(queue):
        received = []
        while (message := await queue.get()) is not None:
            received.append(message)
        return tally(received, work.producers)

    async def exchange():
        queue = asyncio.Queue(1024)
        consumers = [asyncio.create_task(consume(queue)) for _ in range(work.consumers)]
        await asyncio.gather(*(produce(queue, producer) for producer in range(work.producers)))
        for _ in consumers:
            await queue.put(None)
        return await asyncio.gather(*consumers)

    return runner.run(exchange())


@cell("mailbox", "asyncio", "uvloop", cases=["ping-pong"])
def ping_pong(work, runner):
    """A queue in each direction; every message takes one turn of the loop on each side."""

    async def consume(requests, replies, received):
        for _ in range(work.count):
            received.append(await requests.get())
            replies.put_nowait(None)

    async def exchange():
        requests, replies, received = asyncio.Queue(), asyncio.Queue(), []
        consumer = asyncio.create_task(consume(requests, replies, received))
        for message in work.numbers(0):
            requests.put_nowait(message)
            await replies.get()
        await consumer
        return [tally(received, 1)]

    return runner.run(exchange())


async def _task(h, needs, turns):
    for need in needs:
        h = mix1(h ^ await need)
    return spin1(h, turns)


@cell("taskgraph", "asyncio", "uvloop")
def taskgraph(work, runner):
    """A task of the event loop for each task of the graph; it awaits those that it needs."""

    async def rows():
        previous = []
        for own, needs in zip(work.own, work.needs):
            previous = [
                asyncio.ensure_future(_task(h, [previous[q] for q in need], work.turns)) for h, need in zip(own, needs)
            ]
        return await asyncio.gather(*previous)

    return runner.run(rows())
