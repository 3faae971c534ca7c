"""A small web service on loopback: the cost of a request, and its latency under load.

    for each request, on one of many connections:
        /plaintext: a fixed text    /json/{k}: k and mix(k)
        /cpu/{k}?it={n}: spin(k, n)    POST /echo: the body
"""

import numpy as np

from peers.suite import random
from peers.suite.random import MASK, mix1, spin1
from peers.suite.workload import Mismatch, Unavailable, Workload

_ECHOES = [64, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 100 << 10]


class Serve(Workload):
    """Requests and their right answers, in rotation; a result is the load driver's report."""

    NAME, NUMBER, UNIT, LIMIT = "serve", 15, "requests", "loopback echo"
    CASES = ("plaintext", "json", "echo", "cpu")
    TURNS = 3000

    def make(self):
        if self.turns is not None:
            raise Unavailable(f"{self.NAME} has answers only for its default turns; leave --turns out")
        self.requests = self.of(50, 1000, 1000, 10_000, 200_000)
        self.connections = self.of(4, 64, 64, 64, 64)
        distinct = {"plaintext": 1, "json": 1000, "echo": 10 * len(_ECHOES), "cpu": 1000}[self.case]
        self.exchanges = [self._exchange(i) for i in range(min(distinct, self.requests))]
        self._body_words = [_body_word(body) for _, _, body in self.exchanges]
        self.EVENNESS = "uneven" if self.case == "echo" else "even"

    def _exchange(self, i):
        """The bytes of request `i`, then the content type and the body of its answer."""
        k = random.at1(self.seed, i) >> 44
        if self.case == "plaintext":
            return get("/plaintext"), "text/plain", b"Hello, World!"
        if self.case == "json":
            return get(f"/json/{k}"), "application/json", f'{{"k":{k},"h":"{mix1(k):016x}"}}'.encode()
        if self.case == "cpu":
            return get(f"/cpu/{k}?it={self.TURNS}"), "text/plain", f"{spin1(k, self.TURNS):016x}".encode()
        size = _ECHOES[i % len(_ECHOES)]
        body = random.stretch(k, 0, -(-size // 8)).tobytes()[:size]
        kind = "application/octet-stream"
        head = f"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {size}\r\n\r\n"
        return head.encode() + body, kind, body

    def items(self):
        return self.requests

    def traffic(self):
        moved = sum(len(request) + len(body) for request, _, body in self.exchanges) / len(self.exchanges)
        return moved * self.requests, 0.0

    def expected(self):
        """The digest if each exchange is answered as often as the rotation requires."""
        distinct = len(self.exchanges)
        return self._digest([-(-(self.requests - i) // distinct) for i in range(distinct)])

    def _digest(self, times):
        answers = [word * count & MASK for word, count in zip(self._body_words, times)]
        return random.digest(np.array(answers, np.uint64))

    def check(self, report, runs):
        if len(report.correct) != len(self.exchanges):
            raise Mismatch(f"{len(report.correct)} exchanges instead of {len(self.exchanges)}")
        return self.check_digest(self._digest(report.correct))

    def metrics(self, report):
        return report.metrics()


def get(target):
    """The bytes of a GET request."""
    return f"GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()


def _body_word(body):
    """A body hashed to a word; it is odd, so only zero answers can add up to 0."""
    total = len(body)
    for at in range(0, len(body), 8):
        total = mix1(total ^ int.from_bytes(body[at : at + 8], "little"))
    return total | 1
