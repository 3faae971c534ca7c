"""Single calls and cached results: what a mean over loops, or an import in place of a call, really times."""

import functools
import http.server
import sys
import threading
import time
import timeit
import types
import urllib.request

from peers.claims import Study, claim, compiled
from peers.claims.timing import best, mean_and_deviation, once, repeats


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def remember(function):
    """The textbook's decorator; around a function that calls itself by its own name, it keeps only the outer call."""
    known = {}

    def remembering(n):
        if n not in known:
            known[n] = function(n)
        return known[n]

    return remembering


@claim("memoisation")
def memoisation(_, n=30, loops=10):
    """One run of ten loops, each way; then a first call and a later one, each by itself."""

    def published():
        remembered = remember(fibonacci)
        return {"fib": repeats(lambda: fibonacci(n), 1, loops), "remembered": repeats(lambda: remembered(n), 1, loops)}

    def corrected():
        @functools.cache
        def cached(n):
            return n if n < 2 else cached(n - 1) + cached(n - 2)

        first, result = once(lambda: cached(n))
        assert result == fibonacci(n)
        return {"a first call, inner calls cached": first, "a later call": best(lambda: cached(n), 3, 10_000)}

    def faults():
        calls = []
        remembered = remember(lambda n: calls.append(n) or fibonacci(n))
        for _ in range(loops):
            remembered(n)
        if len(calls) == 1:
            yield f"one call of {loops} computes as slowly as ever, so the gain is the number of loops"

    return Study(published, corrected, faults)


class Page(http.server.BaseHTTPRequestHandler):
    """A page that takes its time, as one from far away does."""

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
    """Seven runs of one loop: a fetch of 171 ms and six hits have just the published mean and deviation."""
    fetch, latest, fetches = page(stack, delay), {}, []

    def published():
        cached = functools.lru_cache(fetch)
        took = repeats(cached, 7, 1)
        mean, deviation = mean_and_deviation(took)
        latest["took"] = took
        return {"seven runs, mean": mean, "seven runs, deviation": deviation, "a hit": best(cached, 3, 100_000)}

    def corrected():
        return {"a fetch": repeats(fetch, 3), "a hit, also its first": latest["took"][1:]}

    def faults():
        repeats(functools.lru_cache(lambda: fetches.append(fetch())), 7, 1)
        if len(fetches) == 1:
            yield "one of the seven runs fetches and six are hits, so the mean is a seventh of a fetch"

    return Study(published, corrected, faults)


def loop(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


@claim("cythonise")
def cythonise(_, number=200_000):
    """The timed statement is an import that has long been done; the call after it is commented out."""
    kernels = compiled.cython()
    forms = {"Python": loop, "Cython": kernels.fibonacci_untyped, "Cython, typed": kernels.fibonacci}
    calls = []
    for name, form in forms.items():
        module = types.ModuleType(module_of(name))
        module.fib = lambda n, form=form: calls.append(n) or form(n)
        sys.modules[module.__name__] = module

    def published():
        took = {name: timeit.timeit(f"import {module_of(name)}  # .fib(50)", number=number) for name in forms}
        return {f"{name}, ns": 1e9 * seconds / number for name, seconds in took.items()}

    def corrected():
        assert len({form(46) for form in forms.values()}) == 1
        return {f"fib(46), {name}, ns": 1e6 * best(lambda: form(46), 3, 10_000) for name, form in forms.items()}

    def faults():
        published()
        if not calls:
            yield "the function is never called: a repeated import is timed"
        if kernels.fibonacci(50) != loop(50):
            yield f"fib(50) in a C int is {kernels.fibonacci(50)}"

    return Study(published, corrected, faults)


def module_of(form):
    return "fib_" + "".join(letter for letter in form.lower() if letter.isalpha())
