"""Claims about single calls and cached results, re-run."""

import functools
import sys
import timeit

from peers import native
from peers.claims import best, claim, each, spread, outcome


def _fibonacci(n):
    return n if n < 2 else _fibonacci(n - 1) + _fibonacci(n - 2)


def _cached_fibonacci():
    @functools.cache
    def fibonacci(n):
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    return fibonacci


@claim("memoisation")
def memoisation():
    """A mean over ten calls of which nine are cached; then a first call and a later one, each timed alone."""
    plain = best(lambda: _fibonacci(27), 2)
    published = {"fib(27)": plain}

    def decorated_naively(calls):
        """As published: only the result of the outermost call is cached."""
        known = {}
        for _ in range(calls):
            if 27 not in known:
                known[27] = _fibonacci(27)

    published["cached, mean of ten calls"] = each(lambda: decorated_naively(10), 1)[0] / 10
    fresh = _cached_fibonacci()
    first = each(lambda: fresh(27), 1)[0]
    later = 1e3 * timeit.timeit(lambda: fresh(27), number=10_000) / 10_000
    corrected = {"first call, inner calls cached": first, "a later call": later}
    gain = published["fib(27)"] / published["cached, mean of ten calls"]
    why = f"{gain:.1f}x is the number of loops; a first call is {plain / first:.0f}x, a later one {plain / later:.0f}x"
    return outcome("void", why, published, corrected)


@claim("caching")
def caching():
    """A fetch from loopback instead of the network, so only the cost of the protocol is left."""
    import http.server
    import threading
    import urllib.request

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 10_000)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        fetch = lambda: urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address).read()
        mean, deviation = spread(each(fetch, 50))
        server.shutdown()
    remembered = functools.cache(lambda: b"x" * 10_000)
    remembered()
    hit = 1e3 * timeit.timeit(remembered, number=100_000) / 100_000
    published = {"fetch from loopback, mean": mean, "its standard deviation": deviation, "a hit": hit}
    why = f"it times a network, not a cache: a hit takes {1e6 * hit:.0f} ns, however long the fetch took"
    return outcome("void", why, published, {"a hit": hit})


@claim("cythonise")
def cythonise():
    """A repeated import, which is only a look-up; then the call itself."""
    compiled = native.load("cython")
    sys.modules["cython_kernels"] = compiled
    lookup = lambda name: 1e6 * timeit.timeit(f"import {name}", number=200_000) / 200_000
    published = {f"import of {name}, ns": 1e3 * lookup(name) for name in ("functools", "json", "cython_kernels")}

    def loop(n):
        a, b = 0, 1
        for _ in range(n):
            a, b = b, a + b
        return a

    calls = {"Python": lambda: loop(40), "Cython": lambda: compiled.fibonacci(40)}
    per_call_ns = lambda call: 1e9 * timeit.timeit(call, number=20_000) / 20_000
    corrected = {f"fib(40), {name}, ns": per_call_ns(call) for name, call in calls.items()}
    overflows = compiled.fibonacci(50) != loop(50)
    gain = corrected["fib(40), Python, ns"] / corrected["fib(40), Cython, ns"]
    why = f"the import is timed; the call is {gain:.0f}x, and fib(50) in a C int is {'wrong' if overflows else 'right'}"
    return outcome("void", why, published, corrected)
