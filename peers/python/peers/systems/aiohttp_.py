"""aiohttp: a server on asyncio, and a client that has many requests under way at once."""

import asyncio

from aiohttp import ClientSession, TCPConnector, web

from peers.cells import cell, start
from peers.load import Served
from peers.server import BYTES, HELLO, JSON, TEXT, word, work
from peers.systems.aio import wait

LIBRARIES = ["aiohttp", "uvloop"]

TECHNIQUES = {
    "aiohttp": {
        "idea": "handlers are coroutines; routing, parsing and keep-alive are the library's",
        "gives": "a web server, and a client, of a few lines each",
        "costs": "tens of microseconds for each request",
        "cores": "one",
    }
}


async def plaintext(_):
    return web.Response(body=HELLO, headers={"content-type": TEXT})


async def json(request):
    return web.Response(body=word(int(request.match_info["k"])), headers={"content-type": JSON})


async def cpu(request):
    answer = work(int(request.match_info["k"]), int(request.query["it"]))
    return web.Response(body=answer, headers={"content-type": TEXT})


async def echo(request):
    return web.Response(body=await request.read(), headers={"content-type": BYTES})


def application():
    """The four routes."""
    app = web.Application(client_max_size=1 << 20)
    app.add_routes([web.get("/plaintext", plaintext), web.get("/json/{k}", json)])
    app.add_routes([web.get("/cpu/{k}", cpu), web.post("/echo", echo)])
    return app


def run(listener, _):
    """Until it is ended."""
    web.run_app(application(), sock=listener, access_log=None, print=None)


def server(work, _):
    return Served(work, "peers.systems.aiohttp_:run", 1)


@cell("serve", "aiohttp", load=server)
def serve(served, _):
    """`application` above answers; the driver asks."""
    return served.closed()


@start("aiohttp")
def loop(workers):
    """A loop, on which the client and the server that it asks run side by side."""
    with asyncio.Runner() as runner:
        runner.get_loop()
        yield runner


class Waiting:
    """A server that answers after the wait that is asked of it, and the client that asks."""

    def __init__(self, work, runner):
        self.work, self.runner = work, runner

    def __enter__(self):
        self.runner.run(self.open())
        return self

    async def open(self):
        app = web.Application()
        app.add_routes([web.get("/wait/{i}", self.answer)])
        self.server = web.AppRunner(app, access_log=None)
        await self.server.setup()
        site = web.TCPSite(self.server, "127.0.0.1", 0)
        await site.start()
        host, port = site._server.sockets[0].getsockname()
        self.at = f"http://{host}:{port}/wait/"
        self.client = ClientSession(connector=TCPConnector(limit=self.work.limit))

    async def answer(self, request):
        await wait(self.work, int(request.match_info["i"]))
        return web.Response(body=b"")

    def __exit__(self, *_):
        async def close():
            await self.client.close()
            await self.server.cleanup()

        self.runner.run(close())


@cell("fanout", "aiohttp", load=Waiting)
def fanout(asked, runner):
    """Each wait is a request that the server answers late."""
    work = asked.work

    async def one(i, free):
        async with free:
            work.begin(i)
            async with asked.client.get(asked.at + str(i)) as response:
                await response.read()
            return work.finish(i)

    async def all_of_them():
        free = asyncio.Semaphore(work.limit)
        return await asyncio.gather(*(one(i, free) for i in range(work.n)))

    work.restart()
    return runner.run(all_of_them())
