"""Starts servers in separate processes, and measures their requests per second with wrk."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from peers.cells import is_hidden
from peers.load import dies_with_parent
from peers.suite.workload import Unavailable

# wrk's lines about failed answers or connections; slow answers (`timeout`) are no failure
WRONG = r"^\s*(Non-2xx.*|Socket errors: (?!connect 0, read 0, write 0).*)"


def free_port():
    """A free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def started(stack, command, port, patience=20):
    """Starts a server and waits until it listens; when the stack closes, its whole process group is killed."""
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
    """Kills a server and its process group, and waits for the server."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it has ended by itself
    process.wait()


def wrk():
    """The path of wrk; None if it is missing, or hidden."""
    return None if is_hidden("wrk") else shutil.which("wrk")


def requests_per_second(port, path, body, connections, lasts):
    """The rate at which a server answers wrk, which has one request under way on each connection.

    wrk looks only at the status of an answer, so the first one is read here.
    """
    program = wrk()
    if program is None:
        raise Unavailable("needs wrk: apt install wrk")
    url, threads = f"http://127.0.0.1:{port}{path}", min(2, connections)
    check_answer(port, path, body)
    command = [program, f"-c{connections}", f"-t{threads}", f"-d{lasts}s", url]
    done = subprocess.run(command, capture_output=True, text=True)
    rate = re.search(r"^Requests/sec:\s*([\d.]+)", done.stdout, re.MULTILINE)
    wrong = re.search(WRONG, done.stdout, re.MULTILINE)
    if rate is None or wrong or float(rate[1]) == 0:
        raise ConnectionError(f"wrk: {wrong[1] if wrong else (done.stderr or done.stdout).strip()[-200:]}")
    return float(rate[1])


def check_answer(port, path, body):
    """Reads one answer, and raises an error if its body is not the expected one."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: keep-alive\r\n\r\n".encode()
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
        raise ConnectionError(f"not the answer that is expected: {data[:200]!r}")
