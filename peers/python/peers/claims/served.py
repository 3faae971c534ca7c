"""Servers in processes of their own, and a client that keeps many connections busy on one core."""

import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack

from peers.load import dies_with_parent
from peers.suite.workload import Unavailable


def free_port():
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def started(stack, command, port, patience=20):
    """A server that listens; it is killed with all that it has started when the stack closes."""
    words = stack.enter_context(tempfile.TemporaryFile())
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=words,
        preexec_fn=dies_with_parent,
        start_new_session=True,
    )
    stack.callback(end, process)
    until = time.monotonic() + patience
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.05)
    end(process)
    words.seek(0)
    told = words.read().decode(errors="replace").strip().splitlines()
    raise Unavailable(f"a server does not start: {told[-1] if told else ' '.join(command)}")


def end(process):
    """Kills a server with all that it has started, and waits for it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it has ended by itself
    process.wait()


def requests_per_second(port, path, body, connections, lasts):
    """The rate at which a server answers, with one request under way on each connection; every answer is checked.

    Also how busy the client was: at 1 it is the client that is measured.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: keep-alive\r\n\r\n".encode()
    expected = first_answer(port, request, body)
    with ExitStack() as stack:
        connect = lambda: stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        return keep_busy([connect() for _ in range(connections)], request, expected, lasts)


def keep_busy(connections, request, expected, lasts):
    """Sends a request wherever an answer has arrived; returns the rate and the share of a core that this takes."""
    (length, tail), poll, received = expected, select.epoll(), {}
    by_descriptor = {connection.fileno(): connection for connection in connections}
    for descriptor, connection in by_descriptor.items():
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(descriptor, select.EPOLLIN)
        received[descriptor] = bytearray()
        connection.send(request)
    count, cpu, began = 0, time.thread_time(), time.perf_counter()
    while (now := time.perf_counter()) < began + lasts:
        for descriptor, _ in poll.poll(1):
            connection = by_descriptor[descriptor]
            part, answer = connection.recv(65536), received[descriptor]
            answer += part
            if part and len(answer) < length:
                continue
            if len(answer) != length or not answer.endswith(tail):
                raise ConnectionError(f"an answer is not like the first: {answer[-80:]!r}")
            count += 1
            answer.clear()
            connection.send(request)
    return count / (now - began), (time.thread_time() - cpu) / (now - began)


def first_answer(port, request, body):
    """How long an answer is, and how it ends; the body must be in it."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(0.3)
        connection.sendall(request)
        data = b""
        try:
            while part := connection.recv(65536):
                data += part
        except TimeoutError:
            pass  # the connection is kept, so the answer is complete
    if not data.startswith(b"HTTP/1.1 200") or body not in data:
        raise ConnectionError(f"not the answer that was expected: {data[:200]!r}")
    return len(data), data[data.index(body) :]
