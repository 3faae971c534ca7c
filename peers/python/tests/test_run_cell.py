"""Running one cell sends a session the requests of a bench, and prints the outcome."""

import contextlib
import io
import json
import unittest

from peers import run_cell

SAMPLE = {"runs": 2, "wall_ns": 4_000_000, "cpu_ns": 2_000_000, "digest": "0123456789abcdef"}


class Session:
    """Answers as a worker's session does, and records the requests."""

    def __init__(self, systems, driver, channel, arguments):
        self.asked.append((driver, channel))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def reply(self, request, line):
        self.asked.append(request)
        if request["do"] == "prepare":
            return self.ready
        return {"reply": "measured", "first_ns": 5_000_000, "samples": [SAMPLE] * 2, "metrics": {"compile_ms": 7}}


def run(*arguments, ready=None):
    """The exit status, the output, and the requests."""
    asked, out, err = [], io.StringIO(), io.StringIO()
    ready = ready or {"reply": "ready", "start_ns": 1_000_000, "load_ns": 0, "isa": "cpython"}
    session = type("Asked", (Session,), {"asked": asked, "ready": ready})
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run_cell.run([*arguments], session)
    return status, out.getvalue(), err.getvalue(), asked


class RunCell(unittest.TestCase):
    def test_it_asks_for_the_cell_and_prints_each_sample(self):
        cell = ["run", "montecarlo/numpy", "--size", "tiny", "--variant", "3", "--workers", "2", "--samples", "4"]
        status, out, _, asked = run("--driver", "/a/baseline", *cell, "--request", "{}")
        self.assertEqual(status, 0)
        self.assertEqual(asked[0], ("/a/baseline", ()))
        wanted = {"workload": "montecarlo", "case": "", "technique": "numpy", "size": "tiny", "variant": 3}
        self.assertEqual(asked[1], {"do": "prepare", **wanted, "workers": 2, "turns": None, "units": None, "answer": None})
        self.assertEqual((asked[2]["do"], asked[2]["samples"]), ("measure", 4))
        self.assertEqual(out.count("2.000000 ms"), 2)
        self.assertIn("compile_ms  7", out)

    def test_a_workload_without_a_case_means_its_first(self):
        *_, asked = run("run", "expression/numpy")
        self.assertNotEqual(asked[1]["case"], "")
        *_, asked = run("run", "expression:sum/numpy")
        self.assertEqual(asked[1]["case"], "sum")

    def test_as_json_it_is_one_line(self):
        status, out, *_ = run("run", "montecarlo/numpy", "--json")
        self.assertEqual((status, json.loads(out)["measured"]["first_ns"]), (0, 5_000_000))

    def test_a_refusal_is_printed_and_fails(self):
        ready = {"reply": "refused", "status": "unavailable", "reason": "numpy not installed"}
        status, out, err, asked = run("run", "montecarlo/numpy", ready=ready)
        self.assertEqual((status, out, len(asked)), (1, "", 2))
        self.assertIn("numpy not installed", err)
