"""Sanic: handlers are coroutines on uvloop, parsed by httptools in C, in one process or several."""

import os

from sanic import HTTPResponse, Sanic

from peers.cells import cell
from peers.load import Served
from peers.server import BYTES, HELLO, JSON, TEXT, word, work

LIBRARIES = ["sanic", "uvloop"]

TECHNIQUES = {
    "sanic": {
        "idea": "coroutines on uvloop and a parser in C, in one process",
        "gives": "most of the speed of a protocol by hand, with routes",
        "costs": "dependencies that must fit each other",
        "cores": "one",
    },
    "sanic-workers": {
        "idea": "the same in as many processes as there are workers, on one socket",
        "gives": "all cores",
        "costs": "nothing is shared between requests of different processes, and one more process looks after them",
        "cores": "workers",
        "daemons": True,
    },
}


def application():
    """The four routes."""
    app = Sanic("peers", configure_logging=False)
    app.config.update({"ACCESS_LOG": False, "MOTD": False, "KEEP_ALIVE_TIMEOUT": 300})

    @app.get("/plaintext")
    async def plaintext(_):
        return HTTPResponse(HELLO, content_type=TEXT)

    @app.get("/json/<k:int>")
    async def json(_, k):
        return HTTPResponse(word(k), content_type=JSON)

    @app.get("/cpu/<k:int>")
    async def cpu(request, k):
        return HTTPResponse(work(k, int(request.args.get("it"))), content_type=TEXT)

    @app.post("/echo")
    async def echo(request):
        return HTTPResponse(request.body, content_type=BYTES)

    return app


def run(listener, workers):
    """Until it is ended; each process makes the application anew and accepts from the same socket."""
    for _ in range(workers - 1):
        if os.fork() == 0:
            break
    application().run(sock=listener, single_process=True, motd=False, access_log=False)


def server(work, workers):
    return Served(work, "peers.systems.sanic_:run", workers)


@cell("serve", "sanic", "sanic-workers", load=server)
def serve(served, _):
    """`application` above answers; the driver asks."""
    return served.closed()
