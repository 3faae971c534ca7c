"""The load driver of `crates/load`, in a separate process, and the servers that it sends requests to.

Every worker binary of the workspace can be that driver: started with PARALLAX_LOAD in its environment, it reads jobs
from its standard input and answers with reports. Each is a length followed by its bytes in the postcard format.
So Rust and Python servers get their requests from the same program, which compares every answer byte for byte.
"""

import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import namedtuple

from peers import usage
from peers.suite.workload import Mismatch, Unavailable

# The load of an open loop, in percent of the closed loop's throughput: one for each variant, so a cell has all of them
# after four blocks.
LOADS = (50, 90, 25, 75)
TAIL_REQUESTS = 1000  # the fewest that have a 99.9th percentile; a run with fewer only checks correctness

Latency = namedtuple("Latency", "count p50 p99 p999 max")


class Report(namedtuple("Report", "wall_ns cpu_ns correct latency lateness")):
    """The figures of a run in which every answer was correct; `correct` counts them by exchange."""

    def per_second(self):
        return sum(self.correct) * 1e9 / max(self.wall_ns, 1)

    def metrics(self):
        busy = self.cpu_ns / max(self.wall_ns, 1)
        driver = {"driver_busy": busy, "driver_saturated": float(busy >= 0.9)}
        return {"requests_per_second": self.per_second()} | driver | self.percentiles("")

    def percentiles(self, prefix):
        named = zip(("p50_us", "p99_us", "p999_us"), self.latency[1:4])
        return {prefix + name: ns / 1e3 for name, ns in named if ns is not None}


class Driver:
    """A process that sends requests to a server and checks the answers."""

    def __init__(self, program, exchanges):
        if program is None:
            raise Unavailable("the load driver is a worker binary, which was not built; run without --no-build")
        self.channel, driver_end = socket.socketpair()
        self.channel.settimeout(320)
        environment = {"PARALLAX_LOAD": "1"}
        self.process = subprocess.Popen([program], stdin=driver_end, stdout=subprocess.DEVNULL, env=environment)
        driver_end.close()
        usage.DRIVERS.add(self.process.pid)
        table = b"".join(_bytes(request) + _bytes(kind.encode()) + _bytes(body) for request, kind, body in exchanges)
        timeouts_ns = _varint(10_000_000_000) + _varint(300_000_000_000)
        self._ask(b"\0" + _varint(len(exchanges)) + table + timeouts_ns)

    def closed(self, port, connections, requests):
        """Each of `connections` clients sends its share of the requests, one after the other."""
        return self._ask(b"\1" + _address(port) + _varint(connections) + _varint(requests))

    def open(self, port, connections, requests, per_second, seed):
        """Requests arrive at random times at a given rate, whether or not the server keeps up."""
        plan = _address(port) + _varint(connections) + _varint(requests) + struct.pack("<d", per_second)
        return self._ask(b"\2" + plan + _varint(seed))

    def close(self):
        self.channel.close()
        self.process.kill()
        self.process.wait()
        usage.DRIVERS.discard(self.process.pid)

    def _ask(self, job):
        self.channel.sendall(struct.pack("<I", len(job)) + job)
        (length,) = struct.unpack("<I", self._read(4))
        answer = _Reader(self._read(length))
        if answer.varint() == 1:
            raise Mismatch(answer.bytes().decode(errors="replace"))
        wall_ns, cpu_ns = answer.varint(), answer.varint()
        correct = [answer.varint() for _ in range(answer.varint())]
        return Report(wall_ns, cpu_ns, correct, answer.latency(), answer.latency())

    def _read(self, length):
        data = bytearray()
        while len(data) < length:
            part = self.channel.recv(length - len(data))
            if not part:
                raise ConnectionError("the load driver has ended")
            data += part
        return bytes(data)


class ServerUnderTest:
    """A server in a separate process and its load driver; both end with the `with` block."""

    def __init__(self, work, function, workers):
        self.work, self.function, self.workers = work, function, workers

    def __enter__(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024, reuse_port=True)
        self.port = listener.getsockname()[1]
        arguments = [self.function, str(listener.fileno()), str(self.workers)]
        command = [sys.executable, "-m", "peers.server", *arguments]
        self.server = subprocess.Popen(
            command, pass_fds=[listener.fileno()], start_new_session=True, preexec_fn=dies_with_parent
        )
        listener.close()
        self.driver = Driver(self.work.driver, self.work.exchanges)
        self._wait_until_ready()
        return self

    def _wait_until_ready(self):
        """Waits for the first answer: the start is not part of any run."""
        deadline = time.monotonic() + 150
        while time.monotonic() < deadline and self.server.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 2) as client:
                    client.settimeout(2)
                    client.sendall(self.work.exchanges[0][0])
                    if client.recv(12).startswith(b"HTTP/1.1"):
                        return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError(f"the server does not answer; its exit status is {self.server.poll()}")

    def closed(self):
        """One run: all requests, from as many clients as the size sets."""
        return self.driver.closed(self.port, self.work.connections, self.work.requests)

    def open_loop(self, capacity):
        """The latencies at a share of the server's capacity, measured for as long as a run lasts."""
        work = self.work
        if work.requests < TAIL_REQUESTS:
            return {}
        percent = LOADS[work.variant % len(LOADS)]
        rate, requests = capacity * percent / 100, max(work.requests * percent // 100, TAIL_REQUESTS)
        report = self.driver.open(self.port, work.connections, requests, rate, work.seed)
        metrics = report.percentiles(f"open{percent}_") | {f"open{percent}_per_second": report.per_second()}
        if report.lateness.p99 is not None:
            metrics[f"open{percent}_late_p99_us"] = report.lateness.p99 / 1e3
        return metrics

    def __exit__(self, *_):
        self.driver.close()
        try:
            os.killpg(self.server.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.server.wait()


def dies_with_parent():
    """Makes the kernel kill this process when its parent ends, for any reason."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def _bytes(data):
    return _varint(len(data)) + data


def _address(port):
    """An IPv4 socket address on loopback: its kind, four bytes, the port."""
    return b"\0" + socket.inet_aton("127.0.0.1") + _varint(port)


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def varint(self):
        number = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    def bytes(self):
        length = self.varint()
        self.at += length
        return self.data[self.at - length : self.at]

    def optional(self):
        return self.varint() if self.varint() else None

    def latency(self):
        return Latency(self.varint(), self.varint(), self.optional(), self.optional(), self.varint())
