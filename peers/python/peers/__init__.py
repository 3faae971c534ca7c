"""The Python systems that Parallax compares itself with: one worker, and a module for each system."""

import time

BEGAN_NS = time.monotonic_ns()  # the interpreter is ready; the next imports belong to the harness, not to a technique
