"""Tornado: a web framework that had coroutines before Python did, and now runs on asyncio."""

import asyncio

from tornado import httpserver, web

from peers.cells import cell
from peers.load import ServerUnderTest
from peers.server import BYTES, HELLO, JSON, TEXT, cpu_body, json_body, socket_of_its_own

LIBRARIES = ["numba", "tornado"]

TECHNIQUES = {
    "tornado": {
        "idea": "a class for each route, with a method for each HTTP verb; a process for each worker",
        "gives": "a server, a client and a framework in one",
        "costs": "an object for each request, and many optional features",
        "cores": "workers",
    }
}


class Plaintext(web.RequestHandler):
    def get(self):
        self.set_header("Content-Type", TEXT)
        self.finish(HELLO)


class Json(web.RequestHandler):
    def get(self, k):
        self.set_header("Content-Type", JSON)
        self.finish(json_body(int(k)))


class Cpu(web.RequestHandler):
    def get(self, k):
        self.set_header("Content-Type", TEXT)
        self.finish(cpu_body(int(k), int(self.get_query_argument("it"))))


class Echo(web.RequestHandler):
    def post(self):
        self.set_header("Content-Type", BYTES)
        self.finish(self.request.body)


def application():
    """An application with the four routes, without a log and without ETags."""
    routes = [(r"/plaintext", Plaintext), (r"/json/(\d+)", Json), (r"/cpu/(\d+)", Cpu), (r"/echo", Echo)]
    for _, handler in routes:
        handler.compute_etag = lambda self: None
    return web.Application(routes, log_function=lambda _: None)


async def listen(listener):
    server = httpserver.HTTPServer(application())
    listener.setblocking(False)
    server.add_sockets([listener])
    await asyncio.Event().wait()


def run(listener, workers):
    """Serves until the process is killed."""
    asyncio.run(listen(socket_of_its_own(listener, workers)))


def server(work, workers):
    return ServerUnderTest(work, "peers.systems.tornado_:run", workers)


@cell("serve", "tornado", load=server)
def serve(served, _):
    """The load driver sends requests to `application` above."""
    return served.closed()
