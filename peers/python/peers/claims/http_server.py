"""The applications of `http_servers.py`, and the frameworks that serve themselves: `… http_server NAME PORT`."""

import json as encoder
import sys

HELLO = b"Test"
JSON_HELLO = encoder.dumps({"hello": "world"}, separators=(",", ":")).encode()


def answering(body, kind):
    """An ASGI application with one answer."""

    async def application(scope, receive, send):
        assert scope["type"] == "http", "nothing is done at the start"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return application


async def json(scope, receive, send):
    """Encodes its document for each request, as the frameworks do."""
    assert scope["type"] == "http", "nothing is done at the start"
    body = encoder.dumps({"hello": "world"}, separators=(",", ":")).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


text = answering(HELLO, b"text/plain; charset=utf-8")


def __getattr__(name):
    """The frameworks' applications, made by the server that asks for them."""
    if name == "starlette_json":
        from starlette.applications import Starlette
        from starlette.responses import JSONResponse
        from starlette.routing import Route

        async def hello(_):
            return JSONResponse({"hello": "world"})

        return Starlette(routes=[Route("/", hello)])
    if name == "fastapi_json":
        from fastapi import FastAPI

        application = FastAPI()

        @application.get("/")
        async def root():
            return {"hello": "world"}

        return application
    raise AttributeError(name)


def sanic(port):
    from sanic import Sanic
    from sanic.response import json as answer

    application = Sanic("hello", configure_logging=False)
    application.config.update({"ACCESS_LOG": False, "MOTD": False})

    @application.get("/")
    async def hello(_):
        return answer({"hello": "world"})

    application.run("127.0.0.1", port, single_process=True, access_log=False, motd=False)


def aiohttp(port):
    import uvloop
    from aiohttp import web

    async def hello(_):
        return web.json_response({"hello": "world"}, dumps=lambda it: encoder.dumps(it, separators=(",", ":")))

    application = web.Application()
    application.router.add_get("/", hello)
    web.run_app(application, host="127.0.0.1", port=port, access_log=None, loop=uvloop.new_event_loop(), print=None)


def tornado(port):
    import asyncio

    from tornado import web

    class Hello(web.RequestHandler):
        def get(self):
            self.set_header("content-type", "application/json")
            self.write(encoder.dumps({"hello": "world"}, separators=(",", ":")))

        def compute_etag(self):
            return None

    async def serve():
        web.Application([("/", Hello)], log_function=lambda _: None).listen(port, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    {"sanic": sanic, "aiohttp": aiohttp, "tornado": tornado}[sys.argv[1]](int(sys.argv[2]))
