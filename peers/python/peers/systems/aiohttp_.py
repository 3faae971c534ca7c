"""aiohttp on uvloop: a server in a process for each worker, and a client that keeps many requests in flight."""

import asyncio

import uvloop
from aiohttp import ClientSession, TCPConnector, web

from peers.cells import cell, start
from peers.load import ServerUnderTest
from peers.pieces import waited
from peers.server import BYTES, HELLO, JSON, TEXT, cpu_body, json_body, socket_of_its_own
from peers.systems.aio import wait

LIBRARIES = ["aiohttp", "numba", "uvloop"]

TECHNIQUES = {
    "aiohttp": {
        "idea": "handlers are coroutines; the library does routing, parsing and keep-alive",
        "gives": "a web server and a client in a few lines each",
        "costs": "tens of microseconds per request",
        "cores": "workers",
    }
}


async def plaintext(_):
    return web.Response(body=HELLO, headers={"content-type": TEXT})


async def json(request):
    return web.Response(body=json_body(int(request.match_info["k"])), headers={"content-type": JSON})


async def cpu(request):
    answer = cpu_body(int(request.match_info["k"]), int(request.query["it"]))
    return web.Response(body=answer, headers={"content-type": TEXT})


async def echo(request):
    return web.Response(body=await request.read(), headers={"content-type": BYTES})


def application():
    """An application with the four routes."""
    app = web.Application(client_max_size=1 << 20)
    app.add_routes([web.get("/plaintext", plaintext), web.get("/json/{k}", json)])
    app.add_routes([web.get("/cpu/{k}", cpu), web.post("/echo", echo)])
    return app


def run(listener, workers):
    """Serves until the process is killed."""
    own = socket_of_its_own(listener, workers)
    web.run_app(application(), sock=own, access_log=None, print=None, loop=uvloop.new_event_loop())


def server(work, runner):
    return ServerUnderTest(work, "peers.systems.aiohttp_:run", runner.workers)


@cell("serve", "aiohttp", load=server)
def serve(served, _):
    """The load driver sends requests to `application` above."""
    return served.closed()


@start("aiohttp")
def loop(workers):
    """An event loop for the client and its server, with the number of processes for servers."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.get_loop()
        runner.workers = workers
        yield runner


class DelayServer:
    """A server that answers each request after its wait, and the client that sends the requests."""

    def __init__(self, work, runner):
        self.work, self.runner = work, runner

    def __enter__(self):
        self.runner.run(self.open())
        return self

    async def open(self):
        app = web.Application()
        app.add_routes([web.get("/wait/{i}", self.answer)])
        self.app = web.AppRunner(app, access_log=None)
        await self.app.setup()
        site = web.TCPSite(self.app, "127.0.0.1", 0)
        await site.start()
        host, port = site._server.sockets[0].getsockname()
        self.url = f"http://{host}:{port}/wait/"
        self.client = ClientSession(connector=TCPConnector(limit=self.work.limit))

    async def answer(self, request):
        await wait(self.work, int(request.match_info["i"]))
        return web.Response(body=b"")

    def __exit__(self, *_):
        async def close():
            await self.client.close()
            await self.app.cleanup()

        self.runner.run(close())


@cell("fanout", "aiohttp", load=DelayServer, cases=[""])
def fanout(server, runner):
    """Each wait is a request that the server answers after its deadline."""
    work = server.work

    async def one(i, slots):
        async with slots:
            work.begin(i)
            async with server.client.get(server.url + str(i)) as response:
                await response.read()
            work.end(i)
            return waited(i, work.turns)

    async def gather():
        slots = asyncio.Semaphore(work.limit)
        return await asyncio.gather(*(one(i, slots) for i in range(work.n)))

    work.restart()
    return runner.run(gather())
