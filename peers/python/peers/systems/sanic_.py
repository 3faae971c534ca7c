"""Sanic: handlers are coroutines on uvloop, requests are parsed by httptools in C, in one process or several."""

from sanic import HTTPResponse, Sanic

from peers.cells import cell
from peers.load import ServerUnderTest
from peers.server import BYTES, HELLO, JSON, TEXT, cpu_body, json_body, socket_of_its_own

LIBRARIES = ["numba", "sanic", "uvloop"]

TECHNIQUES = {
    "sanic": {
        "idea": "coroutines on uvloop and a parser in C, in one process",
        "gives": "most of the speed of a hand-written protocol, with routing",
        "costs": "dependencies whose versions must match",
        "cores": "one",
    },
    "sanic-workers": {
        "idea": "the same in a process for each worker, each with its own socket at one port",
        "gives": "all cores",
        "costs": "requests in different processes share nothing",
        "cores": "workers",
        "daemons": True,
    },
}


def application():
    """An application with the four routes."""
    app = Sanic("peers", configure_logging=False)
    app.config.update({"ACCESS_LOG": False, "MOTD": False, "KEEP_ALIVE_TIMEOUT": 300})

    @app.get("/plaintext")
    async def plaintext(_):
        return HTTPResponse(HELLO, content_type=TEXT)

    @app.get("/json/<k:int>")
    async def json(_, k):
        return HTTPResponse(json_body(k), content_type=JSON)

    @app.get("/cpu/<k:int>")
    async def cpu(request, k):
        return HTTPResponse(cpu_body(k, int(request.args.get("it"))), content_type=TEXT)

    @app.post("/echo")
    async def echo(request):
        return HTTPResponse(request.body, content_type=BYTES)

    return app


def run(listener, workers):
    """Serves until the process is killed; each process builds its own application."""
    own = socket_of_its_own(listener, workers)
    application().run(sock=own, single_process=True, motd=False, access_log=False)


def server(work, workers):
    return ServerUnderTest(work, "peers.systems.sanic_:run", workers)


@cell("serve", "sanic", "sanic-workers", load=server)
def serve(served, _):
    """The load driver sends requests to `application` above."""
    return served.closed()
