"""Hand-written HTTP on asyncio's protocols, the fastest interface in the standard library, and the same on uvloop."""

import asyncio

from peers.cells import cell
from peers.load import ServerUnderTest
from peers.server import BYTES, HELLO, JSON, TEXT, cpu_body, json_body

LIBRARIES = ["uvloop"]

TECHNIQUES = {
    "asyncio-protocol": {
        "idea": "callbacks that receive bytes, and only as much HTTP as is needed",
        "gives": "the highest rate that one Python process reaches",
        "costs": "HTTP must be parsed by hand",
        "cores": "one",
    },
    "uvloop-protocol": {
        "idea": "the same on libuv's event loop",
        "gives": "an event loop in C under the same code",
        "costs": "a dependency",
        "cores": "one",
    },
}


class Http(asyncio.Protocol):
    """A connection that collects bytes until a request is complete, and answers it at once."""

    def connection_made(self, transport):
        self.transport, self.data = transport, bytearray()

    def data_received(self, data):
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.data[:end])
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            if len(self.data) < end + 4 + length:
                return
            body = bytes(self.data[end + 4 : end + 4 + length])
            del self.data[: end + 4 + length]
            kind, answer = respond(head.split(b" ", 2)[1].decode(), body)
            self.transport.write(
                f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(answer)}\r\n\r\n".encode() + answer
            )


def respond(target, body):
    """The content type and body of an answer."""
    path, _, query = target.partition("?")
    _, route, *rest = path.split("/")
    if route == "plaintext":
        return TEXT, HELLO
    if route == "json":
        return JSON, json_body(int(rest[0]))
    if route == "cpu":
        return TEXT, cpu_body(int(rest[0]), int(query.removeprefix("it=")))
    return BYTES, body


async def listen(listener):
    server = await asyncio.get_running_loop().create_server(Http, sock=listener)
    await server.serve_forever()


def run(listener, _):
    """Serves until the process is killed."""
    asyncio.run(listen(listener))


def run_uvloop(listener, _):
    import uvloop

    uvloop.run(listen(listener))


def server(work, workers):
    return ServerUnderTest(work, "peers.systems.serve_asyncio:run", workers)


def server_uvloop(work, workers):
    return ServerUnderTest(work, "peers.systems.serve_asyncio:run_uvloop", workers)


@cell("serve", "asyncio-protocol", load=server)
def serve(served, _):
    """The load driver sends requests to `Http` above."""
    return served.closed()


@cell("serve", "uvloop-protocol", load=server_uvloop)
def serve_uvloop(served, _):
    """The load driver sends requests to `Http` above, on the loop of `run_uvloop`."""
    return served.closed()
