"""JAX's results, in a separate process: JAX has threads, and other tests start processes by `fork`."""

import subprocess
import sys
import unittest
from pathlib import Path

from peers import cells
from tests.optional import needs

LACKING = next(system for system in cells.systems() if system.name == "jax").absent()


@needs("peers", LACKING)
class Jax(unittest.TestCase):
    def test_its_results_are_as_they_should_be(self):
        command = [sys.executable, "-m", "unittest", "tests.jax_results"]
        done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Ran 3 tests", done.stderr)


if __name__ == "__main__":
    unittest.main()
