"""RLoop: an event loop for asyncio, written in Rust on mio, for the same coroutines."""

import asyncio

import rloop

from peers.cells import cell, start
from peers.systems import aio

LIBRARIES = ["numba", "rloop"]

TECHNIQUES = {
    "rloop": {
        "idea": "the coroutines of asyncio on an event loop in Rust",
        "gives": "cheaper timers and callbacks, for one line of code",
        "costs": "a young project, which supports only Unix and not yet all of asyncio",
        "cores": "one",
    },
}


@start("rloop")
def loop(_):
    with asyncio.Runner(loop_factory=rloop.new_event_loop) as runner:
        runner.get_loop()
        yield runner


@cell("fanout", "rloop", cases=[""], kernel="pieces.py:waited")
def fanout(work, runner):
    """The same coroutines as on asyncio's own loop."""
    return aio.fanout(work, runner)


@cell("fanout", "rloop", cases=["deadline", "overload"], kernel="pieces.py:waited")
def expire(work, runner):
    """The same coroutines as on asyncio's own loop."""
    return aio.expire(work, runner)


@cell("mailbox", "rloop", cases=["1to1", "4to1", "2x2"], slow={"medium": "a minute"}, kernel="systems/aio.py:mailbox")
def mailbox(work, runner):
    """The same coroutines as on asyncio's own loop."""
    return aio.mailbox(work, runner)


@cell("mailbox", "rloop", cases=["ping-pong"], kernel="systems/aio.py:ping_pong")
def ping_pong(work, runner):
    """The same coroutines as on asyncio's own loop."""
    return aio.ping_pong(work, runner)
