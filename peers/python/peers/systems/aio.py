"""asyncio and uvloop: coroutines on one thread, on asyncio's own event loop and on libuv's."""

import asyncio
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from time import sleep

from peers.cells import cell, start
from peers.pieces import after_wait, task, waited
from peers.suite.fanout import result_of
from peers.suite.mailbox import tally
from peers.systems import pure

LIBRARIES = ["numba", "uvloop"]

TECHNIQUES = {
    "asyncio": {
        "idea": "coroutines that wait for each other and for I/O, on one thread",
        "gives": "ten thousand waits in one process",
        "costs": "a computation blocks every coroutine, and callers must be `async` as well",
        "cores": "one",
    },
    "asyncio-pure": {
        "idea": "the same coroutines, which compute in pure Python between their waits",
        "gives": "nothing to compile",
        "costs": "a computation blocks every coroutine for as long as the interpreter takes",
        "cores": "one",
    },
    "uvloop": {
        "idea": "the same code on libuv's event loop, which is written in C",
        "gives": "cheaper switches between coroutines, for one line of code",
        "costs": "a dependency",
        "cores": "one",
    },
    "asyncio+threads": {
        "idea": "coroutines wait, and a pool of threads computes what releases the GIL",
        "gives": "overlapping waits and all cores, without pickling",
        "costs": "two hand-overs for each computation; it helps only if that is compiled",
        "cores": "workers",
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


@start("asyncio", "asyncio-pure")
def loop(_):
    with _runner(None) as runner:
        yield runner


@start("uvloop")
def loop_of_libuv(_):
    import uvloop

    with _runner(uvloop.new_event_loop) as runner:
        yield runner


@start("asyncio+threads")
def loop_and_threads(workers):
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(sleep, [0.01] * workers))
        with _runner(None) as runner:
            yield runner, pool


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


def fan_out(work, runner, finish):
    """All waits concurrently, up to the limit of the semaphore; `finish` does the work after each."""

    async def one(i, slots):
        async with slots:
            work.begin(i)
            await wait(work, i)
            return await finish(i)

    async def gather():
        slots = asyncio.Semaphore(work.limit)
        return await asyncio.gather(*(one(i, slots) for i in range(work.n)))

    work.restart()
    return runner.run(gather())


@cell("fanout", "asyncio", "uvloop", cases=[""], kernel="pieces.py:waited")
def fanout(work, runner):
    """The work after each wait runs on the thread of the loop."""

    async def finish(i):
        work.end(i)
        return waited(i, work.turns)

    return fan_out(work, runner, finish)


@cell("fanout", "asyncio-pure", cases=[""])
def fanout_pure(work, runner):
    async def finish(i):
        return work.finish(i)

    return fan_out(work, runner, finish)


@cell("fanout", "asyncio+threads", "asyncio+processes", cases=[""], kernel="pieces.py:waited")
def fanout_pool(work, started):
    """The waits are on the loop, the work after them is in the pool."""
    runner, pool = started
    compute = runner.get_loop().run_in_executor

    async def finish(i):
        work.end(i)
        return await compute(pool, after_wait, i, work.turns)

    return fan_out(work, runner, finish)


TICK = 0.001  # uvloop counts in whole milliseconds, so its timeouts may come up to one early


async def in_time(operation, finish):
    """Waits for an operation; the timeout cancels this coroutine, by an exception at its current `await`."""
    try:
        async with asyncio.timeout(operation.left() + TICK):
            while (seconds := operation.lasts()) > 0:
                await asyncio.sleep(seconds)
            operation.over()
            return operation.deliver(await finish(operation.i))
    except TimeoutError:
        return []


def expire_with(work, runner, finish):
    """As many coroutines as the limit; each takes the next operation when it has settled its last."""
    numbers, delivered = iter(range(work.n)), []

    async def lane():
        for i in numbers:
            while (seconds := work.offered_in(i)) > 0:
                await asyncio.sleep(seconds)
            if operation := work.begin(i):
                with operation:
                    delivered.extend(await in_time(operation, finish))

    async def lanes():
        await asyncio.gather(*(lane() for _ in range(min(work.limit, work.n))))

    work.restart()
    runner.run(lanes())
    return delivered


@cell("fanout", "asyncio", "uvloop", cases=["deadline", "overload"], kernel="pieces.py:waited")
def expire(work, runner):
    """Operations that are cancelled or shed; the work after each runs on the thread of the loop."""

    async def finish(i):
        return waited(i, work.turns)

    return expire_with(work, runner, finish)


@cell("fanout", "asyncio-pure", cases=["deadline", "overload"])
def expire_pure(work, runner):
    async def finish(i):
        return result_of(i, work.turns)

    return expire_with(work, runner, finish)


@cell("fanout", "asyncio+threads", "asyncio+processes", cases=["deadline", "overload"], kernel="pieces.py:waited")
def expire_pool(work, started):
    """A call that the pool has begun goes on after a timeout, and its result is ignored."""
    runner, pool = started
    compute = runner.get_loop().run_in_executor

    async def finish(i):
        return await compute(pool, after_wait, i, work.turns)

    return expire_with(work, runner, finish)


@cell("mailbox", "asyncio", "uvloop", cases=["1to1", "4to1", "2x2"], slow={"medium": "a minute"})
def mailbox(work, runner):
    """A bounded queue between tasks: producers wait while it is full, consumers while it is empty."""

    async def produce(queue, producer):
        for message in work.numbers(producer):
            if queue.full():
                await queue.put(message)
            else:  # saves a coroutine
                queue.put_nowait(message)

    async def consume(queue):
        received = []
        while (message := queue.get_nowait() if queue.qsize() else await queue.get()) is not None:
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


def graph(work, runner, task):
    """A coroutine for each column, which awaits the results that it needs; tasks need no coroutines of their own."""

    async def column(rows, own, needs, results):
        for row, (h, need) in enumerate(zip(own, needs)):
            inputs = [before.result() if before.done() else await before for before in map(rows[row].__getitem__, need)]
            results[row].set_result(task(h, inputs, work.turns))

    async def columns():
        future = asyncio.get_running_loop().create_future
        rows = [[future() for _ in range(work.width)] for _ in range(work.depth)]
        each = zip(zip(*work.own), zip(*work.needs), zip(*rows))
        await asyncio.gather(*(column([[], *rows], *of_column) for of_column in each))
        return [last.result() for last in rows[-1]]

    return runner.run(columns())


@cell("taskgraph", "asyncio", "uvloop", kernel="pieces.py:task")
def taskgraph(work, runner):
    return graph(work, runner, task)


@cell("taskgraph", "asyncio-pure", alone="pure-python")
def taskgraph_pure(work, runner):
    return graph(work, runner, pure.task)
