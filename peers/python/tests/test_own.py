"""A bench of one's own: what is measured, what is refused, and what is said where nothing can be measured."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from importlib.util import find_spec
from pathlib import Path

from tests.optional import needs

HERE = Path(__file__).parent
PLAIN = "sequential,threads,processes"

SQUARES = """
import parallax

@parallax.workload
def square(x):
    return x * x

if __name__ == "__main__":
    print([row["technique"] for row in parallax.bench(square, range(20)).rows])
"""


class Own(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        harness = self.folder / "harness"
        harness.write_text(f"#!/bin/sh\nexec {sys.executable} {HERE / 'own_harness.py'} \"$@\"\n")
        harness.chmod(0o755)
        self.environment = os.environ | {"PARALLAX_XTASK": str(harness), "PYTHONPATH": str(HERE.parent)}

    def write(self, text, name="slow.py"):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path.name

    def python(self, *words, techniques=PLAIN, text=None, **environment):
        environment = self.environment | {"OWN_TEST_TECHNIQUES": techniques} | environment
        command = [sys.executable, *words]
        return subprocess.run(command, cwd=self.folder, env=environment, input=text, capture_output=True, text=True)

    def rows(self, text, techniques=PLAIN, status=0):
        """The rows of a script that measures, by technique."""
        done = self.python(self.write(text), techniques=techniques)
        self.assertEqual(done.returncode, status, done.stderr)
        (summary,) = self.folder.glob("target/parallax/*/summary.json")
        rows = {row["technique"]: row for row in json.loads(summary.read_text())["cells"]}
        self.assertEqual(sorted(rows), sorted(techniques.split(",")))
        return rows, done

    def refused(self, text, *words, techniques=PLAIN, **environment):
        """The message of a script that cannot be measured and leaves no run."""
        done = self.python(self.write(text), techniques=techniques, **environment)
        self.assertEqual(done.returncode, 1, done.stdout)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(list(self.folder.glob("target/parallax/*/work")), [])


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
        child = subprocess.Popen([sys.executable, script], **options)
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
        told = "gives another result each time; draw what is random from a fixed seed"
        self.assertIn(told, rows["sequential"]["reason"])


@needs("peers", None if find_spec("numba") else "numba is not installed")
class Numba(Own):
    ALL = "sequential,numba,numba-threads,numba-parallel"

    def statuses(self, text, status=0):
        rows, _ = self.rows(text, self.ALL, status)
        return [rows[name]["status"] for name in self.ALL.split(",")], rows

    def test_what_it_cannot_compile_is_refused_with_its_reason(self):
        text = SQUARES.replace("x * x", "len(json.dumps(x))").replace("import", "import json\nimport", 1)
        statuses, rows = self.statuses(text)
        self.assertEqual(statuses, ["measured", "unfit", "unfit", "unfit"])
        self.assertIn("numba cannot compile square: Unknown attribute 'dumps'", rows["numba"]["reason"])

    def test_data_that_are_no_numbers_have_no_loop_over_an_array(self):
        text = SQUARES.replace("x * x", "len(x)").replace("range(20)", '["a", "bc"]')
        rows, _ = self.rows(text, "numba-parallel")
        self.assertEqual(rows["numba-parallel"]["status"], "unfit")
        self.assertIn("its data are not an array of numbers", rows["numba-parallel"]["reason"])

    def test_integers_that_overflow_are_wrong_results(self):
        rows, _ = self.rows(SQUARES.replace("x * x", "x * x * 4_000_000_000_000_000_000"), "sequential,numba", status=1)
        self.assertEqual([rows["sequential"]["status"], rows["numba"]["status"]], ["measured", "failed"])
        self.assertIn("wrong result: item 2 is", rows["numba"]["reason"])

    def test_a_plain_loop_is_compiled_in_three_ways_and_an_array_is_data(self):
        text = SQUARES.replace("import", "import numpy\nimport", 1)
        self.assertEqual(self.statuses(text.replace("range(20)", "numpy.arange(20.0)"))[0], ["measured"] * 4)


@needs("peers", None if all(map(find_spec, ("joblib", "dask", "distributed", "ray"))) else "not all are installed")
class Libraries(Own):
    def test_every_library_gives_the_results_of_one_thread(self):
        rows, _ = self.rows(SQUARES, "joblib,dask-processes,dask-distributed,ray")
        ray = rows.pop("ray")
        self.assertEqual({row["status"] for row in rows.values()}, {"measured"}, rows)
        # a machine with much else to do may be too slow for what Ray allows its own start
        self.assertTrue(ray["status"] == "measured" or "timed out during startup" in ray["reason"], ray)


class Refused(Own):
    def test_data_that_cannot_be_measured_on(self):
        for data, word in [
            ("(x for x in range(20))", "a generator can be read only once; give a list"),
            ("[]", "there are no data to measure on"),
            ("{1, 2}", "a set has no items in order"),
            ("[1, lambda: 2]", "because of item 1, a function"),
        ]:
            with self.subTest(data):
                without = {"PYTHONPATH": f"{self.hidden('cloudpickle')}:{HERE.parent}"}
                self.refused(SQUARES.replace("range(20)", data).replace("x * x", "str(x)"), word, **without)

    def test_functions_that_cannot_be_measured(self):
        for old, new, word in [
            ("x * x", "1 // (x - 3)", "square raised ZeroDivisionError for item 3"),
            ("x * x", "None", "square returns None for every item"),
            ("x * x", "(y for y in [x])", "the results of square cannot be pickled, because of item 0, a generator"),
            ("def square", "async def square", "does not return its result when it is called"),
            ("def square", "@functools.cache\ndef square", "give the function below, square.__wrapped__"),
            ("range(20)", "range(20), bugdet=1", "there is no option 'bugdet'"),
        ]:
            with self.subTest(new):
                without = {"PYTHONPATH": f"{self.hidden('cloudpickle')}:{HERE.parent}"}
                text = SQUARES.replace("import", "import functools\nimport", 1).replace(old, new)
                self.refused(text, word, **without)

    def test_a_function_that_changes_its_data_is_told_so(self):
        text = SQUARES.replace("return x * x", "x.sort()\n    return x[0]").replace("range(20)", "[[3, 1], [2, 4]]")
        self.refused(text, "square changes the data that it is given (item 0, item 0 is 3, not 1)")

    def test_a_function_of_the_prompt_needs_a_file_or_cloudpickle(self):
        without = {"PYTHONPATH": f"{self.hidden('cloudpickle')}:{HERE.parent}"}
        done = self.python("-i", text=SQUARES.replace("return x * x\n", "return x * x\n\n") + "\n", **without)
        self.assertIn("square stands in a notebook or at the prompt", done.stderr)
        self.assertIn("`pip install cloudpickle`", done.stderr)

    def test_a_file_whose_name_means_another_module_is_to_be_renamed(self):
        done = self.python(self.write(SQUARES, "sys.py"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be imported as 'sys' by other processes", done.stderr)

    def test_a_harness_that_is_missing_or_fails_leaves_nothing(self):
        self.refused(SQUARES, "PARALLAX_XTASK names /no/such, which is no program", PARALLAX_XTASK="/no/such")
        self.refused(SQUARES, "cargo is not on PATH", "PARALLAX_XTASK", PARALLAX_XTASK="", PATH="/no/such")
        self.refused(SQUARES, "the harness ended with status 1", OWN_TEST_FAILS="1")

    def test_a_library_that_is_not_installed_names_what_installs_it(self):
        done = self.python(self.write(SQUARES), PYTHONPATH=f"{self.hidden('joblib', metadata=True)}:{HERE.parent}")
        self.assertEqual(done.returncode, 0, done.stderr)
        (summary,) = self.folder.glob("target/parallax/*/summary.json")
        listed = {cell["technique"]: cell["known"] for cell in json.loads(summary.read_text())["listed"]}
        self.assertEqual(listed["joblib"]["status"], "unavailable")
        self.assertTrue(listed["joblib"]["reason"].endswith("run `pip install joblib`"), listed["joblib"])
        self.assertEqual(listed["threads"], {"status": "ready"})

    def hidden(self, package, metadata=False):
        """A folder in which a package cannot be imported, to stand before the others."""
        folder = self.folder / "hidden"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(
            f"import sys\nfrom importlib.abc import MetaPathFinder\n\n"
            f"class Hides(MetaPathFinder):\n"
            f"    def find_spec(self, name, *_):\n"
            f"        if name.partition('.')[0] == {package!r}:\n"
            f"            raise ModuleNotFoundError(name)\n\n"
            f"sys.meta_path.insert(0, Hides())\n"
        )
        return folder


if __name__ == "__main__":
    unittest.main()
