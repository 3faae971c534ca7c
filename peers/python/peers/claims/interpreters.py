"""Claims about the cost of free threading on one thread: the same loops on both builds of one version."""

import glob
import json
import os
import shutil
import statistics
import subprocess
from pathlib import Path

from peers.claims import Study, claim
from peers.suite.workload import Unavailable

# each loop is another kind of code; the shortest of three repeats counts
LOOPS = """
import json, re, time

def calls(n):
    return n if n < 2 else calls(n - 1) + calls(n - 2)

class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

def floats():
    x = y = 0.0
    for k in range(300_000):
        x, y = x * 0.5 + y, y * 0.25 + k
    return x

def objects():
    return sum(p.x - p.y for p in [Point(k, 1) for k in range(100_000)])

def dicts():
    counts = {}
    for k in range(200_000):
        counts[k % 997] = counts.get(k % 997, 0) + k
    return len(counts)

def texts():
    return len(re.findall(r"[a-z]+\\d", "abc1 de2 f " * 30_000))

def documents():
    return len(json.dumps(json.loads(json.dumps({str(k): [k, k / 3] for k in range(20_000)}))))

def best(work):
    took = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return 1e3 * min(took)

works = {"calls": lambda: calls(23), "floats": floats, "objects": objects, "dicts": dicts, "texts": texts}
print(json.dumps({name: best(work) for name, work in (works | {"documents": documents}).items()}))
"""
WITHOUT_LOCK = "import sysconfig; print(int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))))"
VERSIONS = ("3.15", "3.14")  # the figure is published for 3.14 on


def find():
    """Both builds of the newest version for which both are found."""
    for version in VERSIONS:
        free, usual = program(version + "t"), program(version)
        if free and usual:
            return free, usual
    raise Unavailable("needs both builds of one Python from 3.14 on; to install them: pyenv install 3.14 3.14t")


def program(version):
    """A build on PATH, or among pyenv's versions."""
    name = f"python{version}"
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    pattern = f"{version.rstrip('t')}.*t" if version.endswith("t") else f"{version}.*[0-9]"
    places = sorted(glob.glob(str(root / "versions" / pattern / "bin" / name)), reverse=True)
    for place in [shutil.which(name), *places]:
        if place and run(place, WITHOUT_LOCK) == int(version.endswith("t")):
            return place
    return None


def run(python, code):
    """The JSON that a program prints; None if it fails."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, env=clean)
    return json.loads(done.stdout) if done.returncode == 0 else None


@claim("free-threading")
def free_threading(_, pair=None):
    free, usual = pair or find()

    def published():
        """Runs the two in turn, so that other load on the machine affects both."""
        times = {name: run(python, LOOPS) for name, python in (("usual", usual), ("free-threaded", free))}
        ratios = [times["free-threaded"][loop] / times["usual"][loop] for loop in times["usual"]]
        named = {f"{loop}, {name}": took for name, loops in times.items() for loop, took in loops.items()}
        return named | {"cost of free threading, %": 100 * (statistics.geometric_mean(ratios) - 1)}

    return Study(published)
