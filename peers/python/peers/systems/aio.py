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
        "idea": "coroutines that wait for each other and for the world, on one thread",
        "gives": "ten thousand waits in one process",
        "costs": "whoever computes stops everybody, and every function changes its colour",
        "cores": "one",
    },
    "uvloop": {
        "idea": "the same code on an event loop in C, libuv's",
        "gives": "less time between coroutines for one line",
        "costs": "a dependency",
        "cores": "one",
    },
    "asyncio+processes": {
        "idea": "coroutines wait, and a pool of processes computes",
        "gives": "overlapped waits and all cores",
        "costs": "a pickle each way for each computation",
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
    """The processes start before the loop: they inherit no part of it."""
    import multiprocessing

    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
        list(pool.map(abs, range(4 * workers)))
        with _runner(None) as runner:
            yield runner, pool


async def wait(work, i):
    """Until the deadline: uvloop counts in whole milliseconds, and may wake a sleeper one too early."""
    while (left := work.remaining(i)) > 0:
        await asyncio.sleep(left)


@cell("fanout", "asyncio", "uvloop")
def fanout(work, runner):
    """All waits at once, as many as the semaphore lets through; what follows them is computed by this very thread."""

    async def one(i, free):
        async with free:
            work.begin(i)
            await wait(work, i)
            return work.finish(i)

    async def all_of_them():
        free = asyncio.Semaphore(work.limit)
        return await asyncio.gather(*(one(i, free) for i in range(work.n)))

    work.restart()
    return runner.run(all_of_them())


@cell("fanout", "asyncio+processes")
def fanout_processes(work, started):
    """The waits here, the computing there."""
    runner, pool = started

    async def one(i, free):
        async with free:
            work.begin(i)
            await wait(work, i)
            work.end(i)
            return await asyncio.get_running_loop().run_in_executor(pool, result_of, i, work.turns)

    async def all_of_them():
        free = asyncio.Semaphore(work.limit)
        return await asyncio.gather(*(one(i, free) for i in range(work.n)))

    work.restart()
    return runner.run(all_of_them())


@cell("mailbox", "asyncio", "uvloop", cases=["1to1", "4to1", "2x2"], slow={"medium": "a minute"})
def mailbox(work, runner):
    """A bounded queue between tasks: each side waits when it must."""

    async def produce(box, producer):
        for message in work.numbers(producer):
            await box.put(message)

    async def consume(box):
        received = []
        while (message := await box.get()) is not None:
            received.append(message)
        return tally(received, work.producers)

    async def both():
        box = asyncio.Queue(1024)
        consumers = [asyncio.create_task(consume(box)) for _ in range(work.consumers)]
        await asyncio.gather(*(produce(box, producer) for producer in range(work.producers)))
        for _ in consumers:
            await box.put(None)
        return await asyncio.gather(*consumers)

    return runner.run(both())


@cell("mailbox", "asyncio", "uvloop", cases=["ping-pong"])
def ping_pong(work, runner):
    """A queue each way; every message is a turn of the loop for each side."""

    async def consume(there, back, received):
        for _ in range(work.count):
            received.append(await there.get())
            back.put_nowait(None)

    async def both():
        there, back, received = asyncio.Queue(), asyncio.Queue(), []
        consumer = asyncio.create_task(consume(there, back, received))
        for message in work.numbers(0):
            there.put_nowait(message)
            await back.get()
        await consumer
        return [tally(received, 1)]

    return runner.run(both())


async def _task(h, needs, turns):
    for need in needs:
        h = mix1(h ^ await need)
    return spin1(h, turns)


@cell("taskgraph", "asyncio", "uvloop")
def taskgraph(work, runner):
    """A task of the loop for each task of the graph, that awaits those it needs."""

    async def rows():
        before = []
        for own, needs in zip(work.own, work.needs):
            before = [
                asyncio.ensure_future(_task(h, [before[q] for q in need], work.turns)) for h, need in zip(own, needs)
            ]
        return await asyncio.gather(*before)

    return runner.run(rows())
