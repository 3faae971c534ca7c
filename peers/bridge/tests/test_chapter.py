"""The guide's chapter on this wheel: its Python code runs, and its Rust code is in files that are compiled."""

import contextlib
import io
import re
import unittest
from pathlib import Path

BRIDGE = Path(__file__).parents[1]
CHAPTER = BRIDGE.parents[1] / "docs" / "guide" / "replace-this-loop.md"


def blocks(language):
    """The code of a language in the chapter."""
    return re.findall(rf"^```{language}\n(.*?)^```$", CHAPTER.read_text(), re.MULTILINE | re.DOTALL)


class Chapter(unittest.TestCase):
    def test_python_code_runs(self):
        code = blocks("python")
        self.assertGreaterEqual(len(code), 3)
        for block in code:
            said, names = io.StringIO(), {}
            with contextlib.redirect_stdout(said):
                exec(block, names)
            if "cProfile" in block:
                self.assertIn("(escape)", said.getvalue())
                self.assertGreater(names["total"], 1000)

    def test_rust_code_is_that_of_the_example(self):
        example, code = (BRIDGE / "examples" / "replace.rs").read_text(), blocks("rust")
        self.assertEqual(len(code), 2)
        for block in code:
            self.assertIn(block, example)

    def test_manifests_agree_with_those_of_the_wheel(self):
        manifest, project = blocks("toml")
        for text, file in [(manifest, "Cargo.toml"), (project, "pyproject.toml")]:
            lines = set((BRIDGE / file).read_text().splitlines())
            for line in text.splitlines():
                if not re.match(r"(name|version) = |$", line):
                    self.assertIn(line, lines, file)

    def test_the_error_after_a_fork_is_the_one_that_is_quoted(self):
        (quoted,) = blocks("text")
        source = re.sub(r"\\\n\s*", "", (BRIDGE / "src" / "threads.rs").read_text())
        words = " ".join(quoted.split()).removeprefix("RuntimeError: ")
        self.assertIn(words, source)


if __name__ == "__main__":
    unittest.main()
