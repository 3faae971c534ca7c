"""`parallax.bench`: functions that are measured, and techniques that are refused because of a wrong result."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
from importlib.util import find_spec

from tests.optional import needs
from tests.own_user import HERE, SQUARES, Own


class Measured(Own):
    def test_a_script_is_measured_by_every_technique_of_plain_python(self):
        rows, done = self.rows(SQUARES)
        self.assertEqual({row["status"] for row in rows.values()}, {"measured"})
        self.assertIn("the report", done.stdout)
        self.assertIn("'processes'", done.stdout)

    def test_the_example_of_the_guide_is_measured(self):
        guide = (HERE.parents[2] / "docs/guide/from-python.md").read_text()
        (example,) = re.findall("```python\n(.*?)```", guide, re.DOTALL)
        self.assertIn("parallax.bench(steps, ", example)
        rows, _ = self.rows(example)
        self.assertEqual({row["status"] for row in rows.values()}, {"measured"})

    def test_the_harness_is_told_what_the_caller_asks_for(self):
        options = 'budget="1m", quick=True, out="run", without=["ray", "dask"]'
        done = self.python(self.write(SQUARES.replace("range(20)", f"range(20), {options}")))
        self.assertEqual(done.returncode, 0, done.stderr)
        asked = json.loads((self.folder / "run/asked.json").read_text())
        self.assertIn(str(self.folder / "run"), asked)
        for word in ("own", "--name=square", "--budget=1m", "--quick", "--not-technique=ray,dask"):
            self.assertIn(word, asked)
        summary = json.loads((self.folder / "run/summary.json").read_text())
        self.assertEqual(summary["family"], "square")
        of = {cell["technique"]: cell for cell in summary["listed"]}
        self.assertEqual((of["threads"]["workload"], of["threads"]["kernel"]), ("square", "slow.py"))
        self.assertLessEqual({"sequential", "threads", "processes", "numba", "joblib", "ray"}, of.keys())

    def test_cargo_builds_and_starts_the_harness_where_none_is_named(self):
        cargo = self.folder / "bin/cargo"
        cargo.parent.mkdir()
        harness = self.environment["PARALLAX_XTASK"]
        program = 'echo "$@" >cargo-was-asked\nwhile [ "$1" != -- ]; do shift; done\nshift\n'
        cargo.write_text(f'#!/bin/sh\n{program}exec {harness} "$@"\n')
        cargo.chmod(0o755)
        path = f"{cargo.parent}:{os.environ['PATH']}"
        done = self.python(self.write(SQUARES), techniques="sequential", PARALLAX_XTASK="", PATH=path)
        self.assertEqual(done.returncode, 0, done.stderr)
        asked = (self.folder / "cargo-was-asked").read_text()
        self.assertTrue(asked.startswith(f"run --quiet --release --manifest-path={HERE.parents[2]}/Cargo.toml"), asked)
        self.assertIn(" --package=xtask -- own --name=square ", asked)

    def test_a_call_that_no_main_guards_is_not_repeated_by_the_processes_that_measure(self):
        text = SQUARES.replace('if __name__ == "__main__":', "if True:")
        rows, _ = self.rows(text)
        self.assertEqual({row["status"] for row in rows.values()}, {"measured"})

    def test_a_module_of_a_package_is_measured_as_it_was_started(self):
        self.write("", "package/__init__.py")
        self.write("class Point:\n    def __init__(self, x):\n        self.x = x\n", "package/shapes.py")
        text = SQUARES.replace("import parallax", "import parallax\nfrom .shapes import Point")
        text = text.replace("x * x", "Point(x.x * x.x)").replace("range(20)", "[Point(x) for x in range(20)]")
        self.write(text, "package/slow.py")
        done = self.python("-m", "package.slow")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_classes_of_the_users_own_file_are_data_and_results(self):
        text = SQUARES.replace(
            "import parallax\n",
            "import parallax\nfrom dataclasses import dataclass\n\n@dataclass\nclass Point:\n    x: int\n",
        ).replace("x * x", "Point(x.x + 1)")
        rows, _ = self.rows(text.replace("range(20)", "[Point(x) for x in range(20)]"))
        self.assertEqual({row["status"] for row in rows.values()}, {"measured"})

    @needs("peers", None if find_spec("cloudpickle") else "cloudpickle is not installed")
    def test_a_function_of_the_prompt_is_measured_where_cloudpickle_is_installed(self):
        done = self.python("-i", text=SQUARES.replace("return x * x\n", "return x * x\n\n") + "\n")
        self.assertIn("'processes'", done.stdout, done.stderr)

    def test_a_run_is_not_gone_on_with_after_its_function_has_changed(self):
        self.rows(SQUARES)
        self.assertEqual(self.python("-m", "parallax", "--resume", "--budget", "9m").returncode, 0)
        (asked,) = self.folder.glob("target/parallax/*/asked.json")
        self.assertIn("--budget", json.loads(asked.read_text()))
        self.write(SQUARES.replace("x * x", "x * x * x"))
        done = self.python("-m", "parallax", "--resume")
        self.assertEqual(done.returncode, 1)
        self.assertIn("slow.py has changed since this run began", done.stderr)

    def test_ctrl_c_ends_the_harness_first(self):
        script = self.write(SQUARES)
        environment = self.environment | {"OWN_TEST_WAITS": "1"}
        options = {"cwd": self.folder, "env": environment, "stderr": subprocess.PIPE, "start_new_session": True}
        # a shell ignores the signal in what it runs in the background, and what this runs inherits it
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        child = subprocess.Popen([sys.executable, script], **options)
        signal.signal(signal.SIGINT, before)
        while not list(self.folder.glob("target/parallax/*/asked.json")):
            self.assertIsNone(child.poll())
            time.sleep(0.05)
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        told = child.communicate()[1].decode()
        self.assertTrue(told.rstrip().endswith("KeyboardInterrupt"), told)
        self.assertEqual(child.returncode, -signal.SIGINT)


class Wrong(Own):
    def test_a_technique_with_another_result_is_refused_and_the_rest_is_measured(self):
        text = "return x if threading.current_thread() is threading.main_thread() else -x"
        text = SQUARES.replace("return x * x", text)
        rows, done = self.rows(text.replace("import", "import threading\nimport", 1), status=1)
        self.assertEqual(rows["threads"]["status"], "failed")
        self.assertEqual(rows["threads"]["reason"], "wrong result: item 1 is -1, not 1")
        self.assertEqual([rows[name]["status"] for name in ("sequential", "processes")], ["measured"] * 2)
        self.assertIn("parallax.errors.WrongResult: threads: wrong result: item 1", done.stderr)

    def test_floats_that_are_near_are_wrong_unless_a_tolerance_says_otherwise(self):
        text = "return x / 3 + (0.0 if threading.current_thread() is threading.main_thread() else 1e-9)"
        text = SQUARES.replace("return x * x", text).replace("import", "import threading\nimport", 1)
        rows, done = self.rows(text, "threads", status=1)
        self.assertIn("if that is near enough, give a tolerance, such as tolerance=1e-6", done.stderr)
        shutil.rmtree(self.folder / "target")
        rows, _ = self.rows(text.replace("@parallax.workload", "@parallax.workload(tolerance=1e-6)"), "threads")
        self.assertEqual(rows["threads"]["status"], "measured")

    def test_a_function_that_differs_from_pass_to_pass_is_told_to_use_a_seed(self):
        text = SQUARES.replace("return x * x", "return random.random()").replace("import", "import random\nimport", 1)
        rows, _ = self.rows(text, "sequential", status=1)
        told = "returns another result each time; draw random numbers from a fixed seed"
        self.assertIn(told, rows["sequential"]["reason"])


if __name__ == "__main__":
    unittest.main()
