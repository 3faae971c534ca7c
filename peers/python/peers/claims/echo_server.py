"""The echo server of `echo.py`: `python -m peers.claims.echo_server STYLE LOOP PORT`."""

import asyncio
import socket
import sys

LARGEST = 102_400  # the most bytes of one read


async def sockets(port):
    """Serves by the loop's own calls on a socket."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", port), backlog=5) as listener:
        listener.setblocking(False)
        tasks = set()
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tasks.add(loop.create_task(answer(loop, connection)))


async def answer(loop, connection):
    with connection:
        while data := await loop.sock_recv(connection, LARGEST):
            await loop.sock_sendall(connection, data)


async def streams(port):
    """Serves by a reader and a writer for each connection."""

    async def connected(reader, writer):
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := await reader.read(LARGEST):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    await server.serve_forever()


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self.transport.write(data)


async def protocol(port):
    """Serves by callbacks."""
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    style, kind, port = sys.argv[1:]
    if kind == "uvloop":
        from uvloop import run
    else:
        from asyncio import run
    run({"sockets": sockets, "streams": streams, "protocol": protocol}[style](int(port)))
