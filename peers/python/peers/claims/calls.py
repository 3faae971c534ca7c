"""Claims about single calls and caches: what a mean over loops, or an import in place of a call, really times."""

import functools
import http.server
import statistics
import sys
import threading
import time
import urllib.request

from peers.claims import Study, claim, compiled
from peers.claims.timing import best, magic, mean_and_deviation, once, repeats


def fibonacci(n):
    return 1 if n <= 2 else fibonacci(n - 1) + fibonacci(n - 2)


def remember(function):
    """The textbook's decorator; around a recursive function it caches only the outer call."""
    known = {}

    def remembering(n):
        if n not in known:
            known[n] = function(n)
        return known[n]

    return remembering


@claim("memoisation")
def memoisation(_, n=30, loops=10):
    """One run of ten loops, each way; then a first call and a later one, separately."""

    def published():
        calls = {"fib": fibonacci, "remembered": remember(fibonacci), "lru_cache": functools.lru_cache(fibonacci)}
        return {name: magic(lambda: call(n), 1, loops) for name, call in calls.items()}

    def corrected():
        @functools.cache
        def cached(n):
            return 1 if n <= 2 else cached(n - 1) + cached(n - 2)

        first, result = once(lambda: cached(n))
        assert result == fibonacci(n)
        return {"a first call, inner calls cached": first, "a later call": best(lambda: cached(n), 3, 10_000)}

    def faults():
        calls = []
        remembered = remember(lambda n: calls.append(n) or fibonacci(n))
        for _ in range(loops):
            remembered(n)
        if len(calls) == 1:
            yield f"one call of {loops} computes at the uncached speed, so the gain is the number of loops"

    return Study(published, corrected, faults)


class Page(http.server.BaseHTTPRequestHandler):
    """A page with a delay, like that of a distant server."""

    delay = 0.171

    def do_GET(self):
        time.sleep(self.delay)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * 10_000)

    def log_message(self, *_):
        pass


def page(stack, delay):
    """A function that fetches a page from loopback."""
    handler = type("Slow", (Page,), {"delay": delay})
    server = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.shutdown)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return lambda: direct.open(f"http://127.0.0.1:{server.server_port}/").read()


@claim("caching")
def caching(stack, delay=Page.delay):
    """Seven runs of one loop: a fetch of 171 ms and six hits have exactly the published mean and deviation."""
    fetch, latest, fetches = page(stack, delay), {}, []

    def published():
        """`%timeit -n 1` of the cached function, twice."""
        pages = {}

        def cached(url="a page"):
            if url not in pages:
                pages[url] = fetch()
            return pages[url]

        took = magic(cached, 7, 1)
        mean, deviation = mean_and_deviation(took)
        latest["took"] = took
        again = statistics.mean(magic(cached, 7, 1))
        return {"seven runs, mean": mean, "seven runs, deviation": deviation, "seven runs again, mean": again}

    def corrected():
        return {"a fetch": repeats(fetch, 3), "a hit, also its first": latest["took"][1:]}

    def faults():
        repeats(functools.lru_cache(lambda: fetches.append(fetch())), 7, 1)
        if len(fetches) == 1:
            yield "one of the seven runs fetches and six are hits, so the mean is a seventh of a fetch"

    return Study(published, corrected, faults)


@claim("cythonise")
def cythonise(_, loops=None, runs=7):
    """The timed statement is an import that was done before; the call after it is commented out."""
    forms = {
        "Python": ("fib_py", compiled.module("fib_py", compiled.HERE / "fib_py.py")),
        "Cython": ("fib_py_cy", compiled.cython("fib_py_cy", compiled.HERE / "fib_py.py")),
        "Cython, typed": ("fib_cy", compiled.cython("fib_cy", compiled.HERE / "fib_cy.pyx")),
    }
    calls = {name: module.fib for name, (_, module) in forms.items()}
    for name, module in forms.values():
        sys.modules[name] = module

    def published():
        took = {name: magic(f"from {module} import fib", runs, loops) for name, (module, _) in forms.items()}
        return {f"{name}, ns": 1e6 * statistics.mean(each) for name, each in took.items()}

    def corrected():
        assert len({call(46) for call in calls.values()}) == 1
        return {f"fib(46), {name}, ns": 1e6 * best(lambda: call(46), 3, 10_000) for name, call in calls.items()}

    def faults():
        called = []
        forms["Python"][1].fib = lambda n: called.append(n) or calls["Python"](n)
        published()
        if not called:
            yield "the function is never called: a repeated import is timed"
        if calls["Cython, typed"](50) != calls["Python"](50):
            yield f"fib(50) in a C int is {calls['Cython, typed'](50)}"

    return Study(published, corrected, faults)
