"""A folder with a user's script in it, and a harness that runs each technique once."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

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
