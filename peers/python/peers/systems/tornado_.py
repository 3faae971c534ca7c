"""Tornado: the framework that had coroutines before Python did; it runs on asyncio now."""

import asyncio

from tornado import httpserver, web

from peers.cells import cell
from peers.load import Served
from peers.server import BYTES, HELLO, JSON, TEXT, word, work

LIBRARIES = ["tornado"]

TECHNIQUES = {
    "tornado": {
        "idea": "a class for each route, with a method for each verb",
        "gives": "a server, a client and a framework in one",
        "costs": "an object, and much that is optional, for each request",
        "cores": "one",
    }
}


class Plaintext(web.RequestHandler):
    def get(self):
        self.set_header("Content-Type", TEXT)
        self.finish(HELLO)


class Json(web.RequestHandler):
    def get(self, k):
        self.set_header("Content-Type", JSON)
        self.finish(word(int(k)))


class Cpu(web.RequestHandler):
    def get(self, k):
        self.set_header("Content-Type", TEXT)
        self.finish(work(int(k), int(self.get_query_argument("it"))))


class Echo(web.RequestHandler):
    def post(self):
        self.set_header("Content-Type", BYTES)
        self.finish(self.request.body)


def application():
    """The four routes; without a log, and without hashing answers for caches that nobody has."""
    routes = [(r"/plaintext", Plaintext), (r"/json/(\d+)", Json), (r"/cpu/(\d+)", Cpu), (r"/echo", Echo)]
    for _, handler in routes:
        handler.compute_etag = lambda self: None
    return web.Application(routes, log_function=lambda _: None)


async def listen(listener):
    server = httpserver.HTTPServer(application())
    listener.setblocking(False)
    server.add_sockets([listener])
    await asyncio.Event().wait()


def run(listener, _):
    """Until it is ended."""
    asyncio.run(listen(listener))


def server(work, workers):
    return Served(work, "peers.systems.tornado_:run", workers)


@cell("serve", "tornado", load=server)
def serve(served, _):
    """`application` above answers; the driver asks."""
    return served.closed()
