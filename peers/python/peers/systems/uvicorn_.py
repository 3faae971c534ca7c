"""uvicorn with FastAPI: a server and a framework that communicate by ASGI, the usual pair today."""

import os

import uvicorn
from fastapi import FastAPI, Request, Response

from peers.cells import cell
from peers.load import ServerUnderTest, dies_with_parent
from peers.server import BYTES, HELLO, JSON, TEXT, cpu_body, json_body

LIBRARIES = ["uvicorn", "fastapi", "starlette", "uvloop", "httptools"]

TECHNIQUES = {
    "uvicorn-fastapi": {
        "idea": "handlers with typed parameters, which the framework reads from the request, on uvloop and httptools",
        "gives": "checked parameters and documentation of the service, from type annotations alone",
        "costs": "several calls and dictionaries for each request, between the server and the handler",
        "cores": "one",
    },
    "uvicorn-fastapi-workers": {
        "idea": "the same in a process for each worker, all on one socket",
        "gives": "all cores",
        "costs": "requests in different processes share nothing",
        "cores": "workers",
    },
}


def application():
    """An application with the four routes; it returns `Response` itself, since the harness makes the bodies."""
    app = FastAPI(openapi_url=None)

    @app.get("/plaintext")
    async def plaintext():
        return answer(HELLO, TEXT)

    @app.get("/json/{k}")
    async def json(k: int):
        return answer(json_body(k), JSON)

    @app.get("/cpu/{k}")
    async def cpu(k: int, it: int):
        return answer(cpu_body(k, it), TEXT)

    @app.post("/echo")
    async def echo(request: Request):
        return answer(await request.body(), BYTES)

    return app


def answer(body, kind):
    """An answer with a content type; `media_type` would add a character set."""
    return Response(body, headers={"content-type": kind})


def run(listener, workers):
    """Serves until the process is killed; each process builds its own application and accepts from the same socket."""
    for _ in range(workers - 1):
        if os.fork() == 0:
            dies_with_parent()
            break
    quiet = {"access_log": False, "log_level": "error", "server_header": False, "date_header": False}
    config = uvicorn.Config(application(), loop="uvloop", http="httptools", ws="none", lifespan="off", **quiet)
    uvicorn.Server(config).run(sockets=[listener])


def server(work, workers):
    return ServerUnderTest(work, "peers.systems.uvicorn_:run", workers)


@cell("serve", "uvicorn-fastapi", "uvicorn-fastapi-workers", load=server)
def serve(served, _):
    """The load driver sends requests to `application` above."""
    return served.closed()
