"""The examples of the docstrings run, and the type stubs have the same functions and parameters as the module."""

import ast
import doctest
import inspect
import unittest
from pathlib import Path

import parallax_rs

HERE = Path(parallax_rs.__file__).parent
FUNCTIONS = sorted(name for name in dir(parallax_rs) if callable(getattr(parallax_rs, name)) and name[0] != "_")


def load_tests(_loader, tests, _pattern):
    """Each function's examples as a test."""
    finder = doctest.DocTestFinder(recurse=False)
    for name in FUNCTIONS:
        for test in finder.find(getattr(parallax_rs, name), name, module=False):
            tests.addTest(doctest.DocTestCase(test))
    return tests


class Docs(unittest.TestCase):
    def test_every_function_has_an_example(self):
        self.assertGreaterEqual(len(FUNCTIONS), 12)
        for name in FUNCTIONS:
            self.assertIn(">>> ", getattr(parallax_rs, name).__doc__, name)

    def test_the_types_have_the_same_functions_and_parameters(self):
        told = {}
        for node in ast.parse((HERE / "__init__.pyi").read_text()).body:
            if isinstance(node, ast.FunctionDef):
                each = node.args
                names = [argument.arg for argument in each.posonlyargs + each.args + each.kwonlyargs]
                told[node.name] = names + ([each.kwarg.arg] if each.kwarg else [])
        self.assertEqual(sorted(told), FUNCTIONS)
        for name, parameters in told.items():
            self.assertEqual(list(inspect.signature(getattr(parallax_rs, name)).parameters), parameters, name)

    def test_it_is_marked_as_typed(self):
        self.assertTrue((HERE / "py.typed").exists())


if __name__ == "__main__":
    unittest.main()
