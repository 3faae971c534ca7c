"""Hand-written HTTP on asyncio's protocols, the fastest interface in the standard library, and the same on uvloop."""

import asyncio

from peers.cells import cell
from peers.load import ServerUnderTest
from peers.server import BYTES, HELLO, JSON, TEXT, cpu_body, json_body, socket_of_its_own

LIBRARIES = ["numba", "uvloop"]

TECHNIQUES = {
    "asyncio-protocol": {
        "idea": "callbacks that receive bytes, and only the necessary parts of HTTP, in a process for each worker",
        "gives": "the highest rate that Python reaches with its standard library",
        "costs": "HTTP must be parsed by hand",
        "cores": "workers",
    },
    "uvloop-protocol": {
        "idea": "the same on libuv's event loop",
        "gives": "an event loop in C under the same code",
        "costs": "a dependency",
        "cores": "workers",
    },
}


KINDS = {kind: kind.encode() for kind in (BYTES, JSON, TEXT)}


class Http(asyncio.Protocol):
    """A connection that collects bytes until a request is complete, and answers it immediately."""

    def connection_made(self, transport):
        self.transport, self.data = transport, b""

    def data_received(self, data):
        self.data = data = self.data + data if self.data else data
        while (end := data.find(b"\r\n\r\n") + 4) > 3:
            length = content_length(data, end) if data.startswith(b"POST") else 0
            if len(data) < end + length:
                return
            self.transport.write(respond(data, end, length))
            self.data = data = data[end + length :]


def content_length(data, end):
    """The length of the body, from the head."""
    at = data.find(b"content-length: ", 0, end) + 16
    return int(data[at : data.find(b"\r", at)]) if at > 15 else 0


def respond(data, end, length):
    """The answer to the request whose head ends at `end`."""
    path, _, query = data[data.find(b" ") + 1 : data.find(b" ", 5)].partition(b"?")
    if path == b"/plaintext":
        return answer(TEXT, HELLO)
    if path.startswith(b"/json/"):
        return answer(JSON, json_body(int(path[6:])))
    if path.startswith(b"/cpu/"):
        return answer(TEXT, cpu_body(int(path[5:]), int(query[3:])))
    return answer(BYTES, data[end : end + length])


def answer(kind, body):
    return b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (KINDS[kind], len(body), body)


async def listen(listener):
    server = await asyncio.get_running_loop().create_server(Http, sock=listener)
    await server.serve_forever()


def run(listener, workers):
    """Serves until the process is killed."""
    asyncio.run(listen(socket_of_its_own(listener, workers)))


def run_uvloop(listener, workers):
    import uvloop

    uvloop.run(listen(socket_of_its_own(listener, workers)))


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
