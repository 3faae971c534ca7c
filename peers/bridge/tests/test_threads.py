"""The GIL, forks, panics, and Python functions on the threads of the pool."""

import multiprocessing
import os
import subprocess
import sys
import threading
import unittest

import numpy as np
import parallax_rs


def run(code, **environment):
    """The output of a fresh interpreter; the test fails if it exits with an error or does not end."""
    code = "import os, sys, warnings, parallax_rs\nwarnings.simplefilter('ignore')\n" + code
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=os.environ | environment
    )
    if done.returncode:
        raise AssertionError(f"exit {done.returncode}: {done.stderr}")
    return done.stdout.strip()


# Runs `call` in a forked child, and returns its result or error as text.
FORKED = """
def child(call):
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            said = str(call())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(write, said.encode())
        os._exit(0)
    os.wait()
    return os.read(read, 10_000).decode()
"""


class Gil(unittest.TestCase):
    def test_another_thread_runs_python_code_during_the_work(self):
        """If the GIL were not released, the counter could not change during one call."""
        began, ended, moved = threading.Event(), threading.Event(), 0

        def work():
            began.set()
            parallax_rs.montecarlo(300_000_000, workers=1)
            ended.set()

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        thread = threading.Thread(target=work)
        thread.start()
        began.wait()
        while not ended.is_set():
            moved += 1
        thread.join()
        sys.setswitchinterval(interval)
        self.assertGreater(moved, 1000)

    def test_many_python_threads_call_at_once(self):
        x, right, wrong = np.random.default_rng(7).normal(size=(300, 3)), None, []
        right = parallax_rs.pairwise(x, workers=1)

        def call():
            for workers in (1, 2, 3, None):
                if not np.array_equal(parallax_rs.pairwise(x, workers=workers), right):
                    wrong.append(workers)

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_an_array_that_another_call_writes_is_refused(self):
        """The output of a call that has not ended cannot be used by another call."""
        out = np.empty((2000, 2000))
        x = np.random.default_rng(7).normal(size=(2000, 9))
        said = []

        def call():
            try:
                for _ in range(5):
                    parallax_rs.pairwise(x, out=out, workers=1)
            except ValueError as error:
                said.append(str(error))

        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(all("in use" in words for words in said), said)
        np.testing.assert_array_equal(out, parallax_rs.pairwise(x))


@unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
class Forks(unittest.TestCase):
    def test_threads_of_the_parent_are_missed_in_words(self):
        said = run(FORKED + "parallax_rs.montecarlo(10**6, workers=2)\n"
                   "print(child(lambda: parallax_rs.montecarlo(10**6, workers=2)))")
        self.assertIn("RuntimeError", said)
        self.assertIn("spawn", said)

    def test_a_child_of_a_child_is_told_too(self):
        said = run(FORKED + "parallax_rs.montecarlo(10**6, workers=2)\n"
                   "print(child(lambda: child(lambda: parallax_rs.montecarlo(10**6, workers=2))))")
        self.assertIn("RuntimeError", said)

    def test_one_thread_works_in_the_child(self):
        said = run(FORKED + "right = parallax_rs.montecarlo(10**6, workers=2)\n"
                   "print(child(lambda: parallax_rs.montecarlo(10**6, workers=1) == right))")
        self.assertEqual(said, "True")

    def test_a_child_forked_before_any_thread_starts_its_own(self):
        said = run(FORKED + "print(child(lambda: parallax_rs.montecarlo(10**6, workers=2)))\n"
                   "print(parallax_rs.montecarlo(10**6, workers=2))")
        child, parent = said.splitlines()
        self.assertEqual(child, parent)

    def test_spawned_processes_work_after_threads(self):
        right = parallax_rs.montecarlo(10**6, workers=2)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            self.assertEqual(pool.apply(parallax_rs.montecarlo, (10**6, 0, 2)), right)


class Panics(unittest.TestCase):
    def test_a_panic_is_an_exception_and_the_interpreter_goes_on(self):
        """Only an unknown instruction set makes a kernel panic."""
        said = run(
            "try: parallax_rs.pairwise([[1.0]])\n"
            "except RuntimeError as error: print(error)\n"
            "print('on', parallax_rs.map(len, b'abc', chunk=3))",
            PARALLAX_ISA="mmx",
        )
        self.assertIn("mmx", said)
        self.assertTrue(said.endswith("on [3]"), said)

    def test_each_instruction_set_gives_the_same(self):
        code = "\n".join([
            "import random, zlib, numpy as np",
            "print(parallax_rs.julia(100, 50).sum(), parallax_rs.montecarlo(12345, 6))",
            "print(zlib.crc32(parallax_rs.random_histogram(100_001, 256, 6, True).tobytes()))",
            "drawn = np.random.default_rng(7)",
            "for n in (100, 20_000, 100_000):",
            "    print(zlib.crc32(parallax_rs.sort(drawn.normal(size=n)).tobytes()))",
            "print(zlib.crc32(repr(parallax_rs.wordcount(random.Random(7).randbytes(100_000))).encode()))",
        ])
        sets = ["baseline", "avx2", "avx512"]  # more than the processor has is capped
        self.assertEqual(len({run(code, PARALLAX_ISA=isa) for isa in sets}), 1)


class Map(unittest.TestCase):
    def test_results_are_in_the_order_of_the_parts(self):
        x = np.arange(1000)
        for workers in (None, 1, 3):
            for chunk in (None, 1, 7, 1000, 5000):
                got = parallax_rs.map(lambda part: part.tolist(), x, chunk=chunk, workers=workers)
                self.assertEqual([k for part in got for k in part], x.tolist())
        self.assertEqual(parallax_rs.map(len, np.empty(0)), [])

    def test_parts_of_out_are_written(self):
        x, out = np.random.default_rng(7).normal(size=(100, 3)), np.empty((100, 3))
        self.assertIs(parallax_rs.map(np.exp, x, chunk=9, out=out, workers=3), out)
        np.testing.assert_array_equal(out, np.exp(x))

    def test_threads_are_used_and_only_as_many_as_asked(self):
        """Two calls meet at a barrier: neither returns before the other has begun."""
        meet = threading.Barrier(2, timeout=60)
        names = parallax_rs.map(lambda _: (meet.wait(), threading.get_ident())[1], np.arange(2), chunk=1, workers=2)
        self.assertEqual(len(set(names)), 2)
        here = parallax_rs.map(lambda _: threading.get_ident(), np.arange(9), chunk=1, workers=1)
        self.assertEqual(set(here), {threading.get_ident()})

    def test_an_exception_comes_back_and_the_rest_is_left_out(self):
        seen = []

        def fail(part):
            seen.append(int(part[0]))
            raise KeyError("wrong")

        for workers in (1, 2):
            seen.clear()
            with self.assertRaisesRegex(KeyError, "wrong"):
                parallax_rs.map(fail, np.arange(10_000), chunk=1, workers=workers)
            self.assertLess(len(seen), 10_000)

    def test_it_may_be_nested_with_other_functions(self):
        def inner(part):
            return sum(parallax_rs.map(lambda one: parallax_rs.montecarlo(100_000, int(one[0]), 2), part, chunk=1))

        x = np.arange(12)
        right = sum(parallax_rs.montecarlo(100_000, int(seed)) for seed in x)
        for workers in (1, 2, 3):
            self.assertEqual(sum(parallax_rs.map(inner, x, chunk=3, workers=workers)), right)

    def test_wrong_lengths_are_told(self):
        for named, words in [({"chunk": 0}, "chunk is 0"), ({"out": np.empty(3)}, "length 3")]:
            with self.assertRaisesRegex(ValueError, words):
                parallax_rs.map(np.exp, np.arange(4.0), **named)
        with self.assertRaises(TypeError):
            parallax_rs.map(np.exp, 7)


if __name__ == "__main__":
    unittest.main()
