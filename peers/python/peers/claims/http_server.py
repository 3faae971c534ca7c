"""The applications of `http_servers.py`, and frameworks with their own servers: `… http_server NAME PORT`."""

import json as encoder
import sys

HELLO = b"Test"
JSON_HELLO = encoder.dumps({"hello": "world"}, separators=(",", ":")).encode()
JSON_TRUE = b'{"test":true}'


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


def text(scope, receive, send):
    """Looks the path up, as the application of Granian's benchmark does."""
    return ROUTES[scope["path"]](scope, receive, send)


ROUTES = {"/b": answering(HELLO, b"text/plain; charset=utf-8")}


def __getattr__(name):
    """The frameworks' applications, made in the server that imports them."""
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

    application = Sanic("test", configure_logging=False)
    application.config.update({"ACCESS_LOG": False, "MOTD": False})

    @application.route("/")
    async def test(_):
        return answer({"test": True})

    application.run("127.0.0.1", port, single_process=True, access_log=False, motd=False)


def aiohttp(port):
    import ujson
    import uvloop
    from aiohttp import web

    async def handle(_):
        return web.Response(body=ujson.dumps({"test": True}).encode(), content_type="application/json")

    application = web.Application()
    application.router.add_route("GET", "/", handle)
    web.run_app(application, host="127.0.0.1", port=port, access_log=None, loop=uvloop.new_event_loop(), print=None)


def tornado(port):
    import asyncio

    import ujson
    from tornado import web

    class Main(web.RequestHandler):
        def get(self):
            self.write(ujson.dumps({"test": True}))

    async def serve():
        options = {"debug": False, "compress_response": False, "log_function": lambda _: None}
        web.Application([("/", Main)], **options).listen(port, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    {"sanic": sanic, "aiohttp": aiohttp, "tornado": tornado}[sys.argv[1]](int(sys.argv[2]))
