"""Each workload has a file of its name, which opens with its idea and pseudo-code.

Cases that are a different kind of problem have a separate file, whose name begins with the workload's.
"""

import ast
import unittest
from pathlib import Path

from peers import suite

FOLDER = Path(suite.__file__).parent
SHARED = {"__init__", "random", "workload"}  # files that all workloads use


def named(tree):
    """The NAME of the workload in a module; None without one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            for target, value in zip(node.targets[0].elts, node.value.elts):
                if getattr(target, "id", "") == "NAME":
                    return value.value
    return None


def complaint(text, workload):
    """What is wrong with a workload's file; None if nothing is."""
    tree = ast.parse(text)
    idea, *rest = (ast.get_docstring(tree, clean=False) or "none").splitlines()
    pseudo_code = [line for line in rest if line.strip()]
    if not idea.endswith((".", "?")) or rest[:1] not in ([], [""]):
        return "it does not open with one sentence"
    if not 2 <= len(pseudo_code) <= 4 or not all(line.startswith("    ") for line in pseudo_code):
        return "the sentence is not followed by a few lines of pseudo-code"
    if named(tree) != workload:
        return f"it holds the workload {named(tree)}"
    return None


class Names(unittest.TestCase):
    def test_the_folder_has_one_file_for_each_workload(self):
        files = {path.stem for path in FOLDER.glob("*.py")} - SHARED
        self.assertEqual({name.partition("_")[0] for name in files}, set(suite.workloads()))
        self.assertLessEqual(set(suite.workloads()), files)

    def test_each_file_opens_with_its_idea_and_pseudo_code(self):
        for name in suite.workloads():
            self.assertIsNone(complaint((FOLDER / f"{name}.py").read_text(), name), name)

    def test_a_file_that_does_not_is_found(self):
        right = (FOLDER / "heat.py").read_text()
        self.assertIn("stream", complaint((FOLDER / "stream.py").read_text(), "heat"))
        for wrong in [right.replace("torus.", "torus", 1), right.replace(".\n\n", ".\n", 1), "NAME, SIZE = 1, 2"]:
            self.assertIn("one sentence", complaint(wrong, "heat"))
        for wrong in ['"""An idea."""', '"""An idea.\n\n    one line\n"""', '"""An idea.\n\nProse,\nand more.\n"""']:
            self.assertIn("pseudo-code", complaint(wrong, "heat"))


if __name__ == "__main__":
    unittest.main()
