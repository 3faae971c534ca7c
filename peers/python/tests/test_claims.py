"""Every study of the claims ledger at a tiny size: its forms agree, and its figures are those of its statements."""

import asyncio
import io
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from contextlib import ExitStack, redirect_stdout, suppress
from importlib.util import find_spec
from unittest import mock

import numpy as np

from peers import claims, native
from peers.claims import served, timing
from peers.claims.__main__ import load
from peers.suite.workload import Unavailable
from tests.optional import needs

PEERS = needs("peers", None if find_spec("numba") and native.absent("cython") is None else "they are not installed")
# arguments that make each study tiny; the studies themselves check that their forms agree
TINY = {
    "bubblesort": {"n": 200, "fresh": 64},
    "caching": {"delay": 0.02},
    "cython-convolution": {"n": 12, "width": 3},
    "cythonise": {"loops": 200},
    "dask-chunk-length": {"lengths": (1, 10, 100), "total": 100},
    "dask-overhead": {"chunks": 20},
    "implicit-threads": {"matrices": 2, "order": 40, "side": 50},
    "in-place": {"sizes": (10, 20), "number": 20},
    "joblib-threads": {"numbers": 200, "primes": 200, "tasks": 2},
    "julia-and-diffusion": {"width": 50, "limit": 30, "side": 30, "steps": 5},
    "mean-of-randoms": {"n": 2000},
    "memoisation": {"n": 12},
    "numba-fastmath": {"n": 2000},
    "numba-loops": {"n": 2000},
    "numba-parallel": {"n": 2000},
    "numexpr": {"n": 50},
    "numexpr-and-compilers": {"n": 40},
    "numexpr-readme": {"sizes": (1_000_000,)},
    "pairwise-2013": {"m": 30},
    "pairwise-compile": {"m": 30, "loops": (2, 2)},
    "sklearn-halving": {"samples": 200, "gammas": 2, "costs": 2},
    "threads-or-processes": {"pause": 0.01, "steps": 1000},
    "uvloop-readme": {"lasts": 0.3, "warms": 0.1},
}
# studies whose systems may be missing, by entry
OPTIONAL = {
    "asynchronous-submit": (("ipyparallel",), {"tasks": 2, "ray_tasks": 2, "count": 1000}),
    "ray-tiny-tasks": (("ray",), {"count": 40, "part": 4, "calls": 10}),
    "ray-ten-milliseconds": (("ray",), {"lengths": (1, 5, 100), "total": 100}),
}
# studies that measure servers with wrk
SERVED = {
    "granian-readme": (("granian", "uvicorn"), {"lasts": 1, "connections": (8,), "first": 1, "warms": 1, "pause": 0.1}),
    "fastapi-order": (("fastapi", "uvicorn"), {"lasts": 1, "connections": 8}),
    "sanic-readme": (("sanic", "ujson"), {"lasts": 1, "connections": 8}),
}
# studies that need what our machines lack, so the tests check what they say without it
ELSEWHERE = {"free-threading", "numba-svml"}
MAY_LACK = {"Parakeet", "Fortran"}


def run(name, **size):
    """The figures of one round, and the faults; `%timeit` runs one loop, and nothing is printed."""
    load()
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(timing, "FILLED_SECONDS", 0.0))
        stack.enter_context(redirect_stdout(io.StringIO()))
        study = claims.STUDIES[name](stack, **size)
        faults = list(study.faults())
        return claims.rounds(study.published, 1), claims.rounds(study.corrected, 1), faults


class Case(unittest.TestCase):
    def check(self, name, size):
        published, corrected, faults = run(name, **size)
        entry = next(entry for entry in claims.ledger() if entry["name"] == name)
        for statement in entry["statements"]:
            figures = corrected if statement.get("of") == "corrected" else published
            for key in ("figure", "over", "under"):
                if key in statement and statement[key] not in MAY_LACK:
                    self.assertIn(statement[key], figures, name)
        for series in [*published.values(), *corrected.values()]:
            self.assertTrue(series and all(np.isfinite(series)), name)
        return faults


@PEERS
class Studies(Case):
    def test_every_study_runs_at_a_tiny_size(self):
        names = {entry["name"] for entry in claims.ledger()}
        self.assertEqual(set(TINY) | set(OPTIONAL) | set(SERVED) | ELSEWHERE, names)
        for name, size in TINY.items():
            with self.subTest(name):
                self.check(name, size)

    def test_those_whose_systems_may_be_missing(self):
        self.check_those_present(OPTIONAL)

    def check_those_present(self, studies):
        for name, (libraries, size) in studies.items():
            with self.subTest(name):
                lacking = [library for library in libraries if not find_spec(library)]
                if lacking:
                    self.skipTest(f"{name} needs {', '.join(lacking)}")
                self.check(name, size)

    @needs("wrk", None if served.wrk() else "it is not installed")
    def test_those_that_serve(self):
        self.check_those_present(SERVED)

    def test_without_wrk_they_are_refused_with_the_way_to_it(self):
        with mock.patch.dict(os.environ, PARALLAX_HIDE="wrk"), self.assertRaisesRegex(Unavailable, "apt install wrk"):
            served.requests_per_second(1, "/", b"", 1, 1)


@PEERS
class Faults(unittest.TestCase):
    """A fault is found in the published form, and not in the corrected one."""

    def test_those_of_the_published_protocols_are_found(self):
        for name, words in {
            "bubblesort": "scan sorted data.*accepts what is not sorted",
            "caching": "six are hits",
            "cythonise": "never called.*C int",
            "mean-of-randoms": "different means",
            "memoisation": "number of loops",
            "numexpr": "False for every input",
            "numexpr-and-compilers": "compute another expression",
            "threads-or-processes": "none was started",
        }.items():
            self.assertRegex("; ".join(run(name, **TINY[name])[2]), words)

    def test_an_expression_that_is_sometimes_true_passes(self):
        from peers.claims import expressions

        a, b = (expressions.signs(np.random.rand(50, 50)) for _ in range(2))
        by_numexpr = expressions.evaluated(expressions.EXPRESSION[1])
        self.assertEqual(list(expressions.always_false(a, b, by_numexpr)), [])
        self.assertEqual(list(expressions.other_sign({"numexpr": by_numexpr})), [])

    def test_one_generator_for_all_passes(self):
        from peers.claims import compiled, randoms

        same = {"one": lambda n: 0.5, "other": lambda n: 0.5}
        self.assertEqual(list(randoms.faults(same, compiled.cython())), [])

    def test_results_that_are_there_are_no_fault(self):
        from peers.claims.workers import System, never_read

        system = lambda pending: System(lambda: [1, 2], lambda results: pending, lambda results: results)
        self.assertEqual(list(never_read({"at once": system(False), "later": system(True)})), [])
        self.assertIn("(later)", next(never_read({"later": system(True)})))

    def test_a_sort_of_sorted_data_is_no_news(self):
        from peers.claims import sorting

        self.assertNotIn("scan sorted", "; ".join(sorting.faults(np.arange(9))))
        # a zero makes `all()` false on both sides as well, so only a comparison of the order would show it
        self.assertIn("accepts", "; ".join(sorting.faults(np.array([3, 0, 2]))))


class Elsewhere(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def test_without_a_free_threaded_python_the_way_to_one_is_told(self):
        from peers.claims import interpreters

        with mock.patch.dict(os.environ, {"PATH": self.folder, "PYENV_ROOT": self.folder}):
            with self.assertRaisesRegex(Unavailable, "pyenv install 3.14 3.14t"):
                interpreters.find()

    def test_two_builds_are_found_by_what_they_are_and_compared(self):
        from peers.claims import interpreters

        for name, free in [("python3.14", 0), ("python3.14t", 1)]:
            with open(f"{self.folder}/{name}", "w") as program:
                program.write(f"#!/bin/sh\necho {free}\n")
            os.chmod(f"{self.folder}/{name}", 0o755)
        with mock.patch.dict(os.environ, {"PATH": f"{self.folder}:/usr/bin:/bin", "PYENV_ROOT": self.folder}):
            self.assertEqual([os.path.basename(p) for p in interpreters.find()], ["python3.14t", "python3.14"])
        with ExitStack() as stack:
            study = interpreters.free_threading(stack, (sys.executable, sys.executable))
            self.assertIn("cost of free threading, %", study.published())

    @PEERS
    def test_svml_is_refused_with_the_way_or_measured(self):
        load()
        with ExitStack() as stack:
            try:
                study = claims.STUDIES["numba-svml"](stack, n=1000)
            except Unavailable as why:
                self.assertIn("intel-cmplr-lib-rt", str(why))
            else:
                self.assertIn("plain, with SVML", study.published())


class Served(unittest.TestCase):
    """The output of wrk is parsed, and a wrong answer is reported."""

    def asked(self, said):
        """The result for a server with right answers, if wrk prints `said`."""
        done = subprocess.CompletedProcess([], 0, said, "")
        with mock.patch.object(served, "wrk", return_value="wrk"), mock.patch.object(served, "check_answer"):
            with mock.patch.object(subprocess, "run", return_value=done):
                return served.requests_per_second(1, "/", b"", 4, 1)

    def test_the_rate_is_read_and_errors_are_told(self):
        rate = "  2 threads and 4 connections\nRequests/sec:   1234.50\nTransfer/sec:      1.00MB\n"
        for slow in ("", "  Socket errors: connect 0, read 0, write 0, timeout 9\n"):
            self.assertEqual(self.asked(slow + rate), 1234.5)
        for wrong in ("  Non-2xx or 3xx responses: 7\n", "  Socket errors: connect 0, read 5, write 0, timeout 0\n"):
            with self.assertRaisesRegex(ConnectionError, wrong.split(":")[0].strip()):
                self.asked(wrong + rate)
        for nothing in ("", "Requests/sec:      0.00\n", "unable to connect to 127.0.0.1"):
            with self.assertRaises(ConnectionError):
                self.asked(nothing)

    def test_another_answer_ends_the_run(self):
        served.check_answer(self.serve(b"Test"), "/", b"Test")
        for wrong in (b"Tess", b"nothing"):
            with self.assertRaisesRegex(ConnectionError, "not the answer"):
                served.check_answer(self.serve(wrong), "/", b"Test")

    def test_an_echo_that_is_wrong_ends_the_run(self):
        from peers.claims.echo import messages_per_second

        with self.assertRaisesRegex(ConnectionError, "not the echo"):
            messages_per_second(self.serve(b"Test", until=b"x"), 1, 8)

    def serve(self, answer, until=b"\r\n\r\n"):
        """Starts a server that returns one answer to each message with this end; returns its port."""
        port, ready = served.free_port(), threading.Event()

        async def connected(reader, writer):
            with suppress(asyncio.IncompleteReadError, ConnectionError):  # the client disconnects at the end
                while await reader.readuntil(until):
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(answer), answer))
            writer.close()

        async def main():
            async with await asyncio.start_server(connected, "127.0.0.1", port):
                ready.set()
                await asyncio.sleep(10)

        threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()
        ready.wait(10)
        return port

    def test_a_server_that_does_not_start_is_refused_with_its_last_words(self):
        with ExitStack() as stack, self.assertRaisesRegex(Unavailable, "no room"):
            served.started(stack, [sys.executable, "-c", "raise SystemExit('no room')"], served.free_port())


class Program(unittest.TestCase):
    @PEERS
    def test_the_outcome_is_the_only_thing_that_is_printed(self):
        import json

        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "peers.claims", "cythonise"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        outcome = json.loads(done.stdout)
        self.assertEqual(outcome["verdict"], "void")
        self.assertTrue(outcome["spread"]["as_published"])


if __name__ == "__main__":
    unittest.main()
