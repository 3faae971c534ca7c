"""Every study of the claims ledger at a tiny size: all its forms agree, its figures are those of its statements."""

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from unittest import mock

import numpy as np

from peers import claims, native
from peers.claims.__main__ import load
from peers.suite.workload import Unavailable
from tests.optional import needs

PEERS = needs("peers", None if find_spec("numba") and native.absent("cython") is None else "they are not installed")
# what makes each study tiny; the studies themselves check that their forms agree
TINY = {
    "bubblesort": {"n": 200, "fresh": 64},
    "caching": {"delay": 0.02},
    "cython-convolution": {"n": 12, "width": 3},
    "cythonise": {"number": 200},
    "dask-chunk-length": {"lengths": (1, 10, 100), "total": 100},
    "dask-overhead": {"chunks": 20},
    "implicit-threads": {"matrices": 2, "order": 40, "side": 50},
    "in-place": {"sizes": (10, 20), "number": 20},
    "joblib-threads": {"megabytes": 1, "primes": 200, "tasks": 2},
    "julia-and-diffusion": {"width": 50, "limit": 30, "side": 30, "steps": 5, "python_steps": 2},
    "mean-of-randoms": {"n": 2000},
    "memoisation": {"n": 12},
    "numba-fastmath": {"n": 2000},
    "numba-loops": {"n": 2000, "short": 100},
    "numba-parallel": {"n": 2000},
    "numexpr": {"n": 50},
    "numexpr-and-compilers": {"n": 40},
    "numexpr-readme": {"sizes": (1_000_000,)},
    "pairwise-2013": {"m": 30},
    "pairwise-compile": {"m": 30},
    "sklearn-halving": {"samples": 200, "gammas": 2, "costs": 2},
    "threads-or-processes": {"pause": 0.01, "length": 1000},
    "uvloop-readme": {"lasts": 0.05},
    "sanic-readme": {"lasts": 0.1, "connections": 8},
}
# those that a system may be missing from, by the entry
OPTIONAL = {
    "granian-readme": (("granian", "uvicorn"), {"lasts": 0.1, "connections": (8,)}),
    "fastapi-order": (("fastapi", "uvicorn"), {"lasts": 0.1, "connections": 8}),
    "asynchronous-submit": (("ipyparallel",), {"tasks": 2}),
    "ray-tiny-tasks": (("ray",), {"count": 40, "calls": 10}),
    "ray-ten-milliseconds": (("ray",), {"lengths": (1, 5, 100), "total": 100}),
}
# these need what no machine of ours has, so they are tested by what they say without it
ELSEWHERE = {"free-threading", "numba-svml"}
MAY_LACK = {"Parakeet", "Fortran", "Ray, submitted"}


def run(name, **size):
    """The figures of one round, and the faults."""
    load()
    with ExitStack() as stack:
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
        self.assertEqual(set(TINY) | set(OPTIONAL) | ELSEWHERE, {entry["name"] for entry in claims.ledger()})
        for name, size in TINY.items():
            with self.subTest(name):
                self.check(name, size)

    def test_those_whose_systems_may_be_missing(self):
        for name, (libraries, size) in OPTIONAL.items():
            with self.subTest(name):
                lacking = [library for library in libraries if not find_spec(library)]
                if lacking:
                    self.skipTest(f"{name} needs {', '.join(lacking)}")
                self.check(name, size)


@PEERS
class Faults(unittest.TestCase):
    """A fault is found where it is, and not where it is mended."""

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
        self.assertEqual(list(expressions.always_false(a, b, expressions.by_numexpr)), [])
        self.assertEqual(list(expressions.other_sign({"numexpr": expressions.by_numexpr})), [])

    def test_one_generator_for_all_passes(self):
        from peers.claims import compiled, randoms

        same = {"one": lambda n: 0.5, "other": lambda n: 0.5}
        self.assertEqual(list(randoms.faults(same, compiled.cython())), [])

    def test_results_that_are_there_are_no_fault(self):
        from peers.claims.workers import System, never_read

        system = lambda left: System(lambda: [1, 2], lambda results: left, lambda results: results)
        self.assertEqual(list(never_read({"at once": system(0), "later": system(2)})), [])
        self.assertIn("2 with later", next(never_read({"later": system(2)})))

    def test_a_sort_of_sorted_data_is_no_news(self):
        from peers.claims import sorting

        self.assertNotIn("scan sorted", "; ".join(sorting.faults(np.arange(9))))
        # a zero makes `all()` false on both sides too, so only an order that is compared would tell
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


class Client(unittest.TestCase):
    """The HTTP client counts right answers, and no wrong one."""

    def serve(self, answers):
        """A server that gives these answers in turn, the last one for ever; its port."""
        from peers.claims.served import free_port

        port, ready = free_port(), threading.Event()

        async def connected(reader, writer):
            with suppress(asyncio.IncompleteReadError, ConnectionError):  # the client goes when it has seen enough
                while await reader.readuntil(b"\r\n\r\n"):
                    body = answers.pop(0) if len(answers) > 1 else answers[0]
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
            writer.close()

        async def main():
            async with await asyncio.start_server(connected, "127.0.0.1", port):
                ready.set()
                await asyncio.sleep(1)

        threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()
        ready.wait(10)
        return port

    def test_right_answers_are_counted(self):
        from peers.claims.served import requests_per_second

        rate, busy = requests_per_second(self.serve([b"Test"]), "/", b"Test", 4, 0.1)
        self.assertGreater(rate, 0)
        self.assertTrue(0 <= busy <= 1.1, busy)

    def test_another_answer_ends_the_run(self):
        from peers.claims.served import requests_per_second

        for wrong in (b"Tess", b"Tests", b"nothing"):
            with self.assertRaises(ConnectionError):
                requests_per_second(self.serve([b"Test", b"Test", wrong]), "/", b"Test", 2, 0.2)
        with self.assertRaisesRegex(ConnectionError, "not the answer"):
            requests_per_second(self.serve([b"nothing"]), "/", b"Test", 1, 0.1)

    def test_a_server_that_does_not_start_is_refused_with_its_last_words(self):
        from peers.claims.served import free_port, started

        with ExitStack() as stack, self.assertRaisesRegex(Unavailable, "no room"):
            started(stack, [sys.executable, "-c", "raise SystemExit('no room')"], free_port())


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
