"""Functions and data that `parallax.bench` refuses: it says why, and leaves nothing behind."""

import json
import unittest

from tests.own_user import HERE, SQUARES, Own


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
        self.assertIn("square is defined in a notebook or at the prompt", done.stderr)
        self.assertIn("`pip install cloudpickle`", done.stderr)

    def test_a_file_whose_name_means_another_module_is_to_be_renamed(self):
        done = self.python(self.write(SQUARES, "sys.py"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be imported as 'sys' by other processes", done.stderr)

    def test_a_harness_that_is_missing_or_fails_leaves_nothing(self):
        self.refused(SQUARES, "PARALLAX_XTASK names /no/such, which is not an executable program", PARALLAX_XTASK="/no/such")
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
        """A folder that hides a package if it comes first in the path."""
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
