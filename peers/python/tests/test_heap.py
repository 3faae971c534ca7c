"""Allocations of a run are counted if the library is preloaded; shared memory counts once in a tree's peak."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from peers import heap, usage
from peers.suite.workload import Unavailable

SOURCE = Path(__file__).parents[3] / "crates/harness/src/heap.c"
PEERS = Path(__file__).parents[1]
MIB = 1 << 20

COUNTED = """
import json
from peers import heap
from peers.measure import Loaded
from peers.suite.workload import Workload

class Any(Workload):
    NAME = "any"
    def check(self, result, runs):
        return 0

def told(function):
    return heap.heap(Loaded(Any("", "tiny", 0), function, None, None))

def blocks(*_):
    made = [bytearray(99_999) for _ in range(100)]  # each has one more byte, for the zero at its end

kept = [bytearray(1 << 20)]
def gives_back(*_):
    kept[0] = None
    kept[0] = bytearray(1 << 20)

print(json.dumps([told(lambda *_: None), told(blocks), told(gives_back)]))
"""

SHARED = """
import mmap, multiprocessing, os
from peers import usage
shared = mmap.mmap(-1, 64 << 20)
shared.write(bytes(64 << 20))
def touch(pipe):
    sum(shared[:: 4096])
    pipe.send(None)
    pipe.recv()
context, pipes = multiprocessing.get_context("fork"), []
for _ in range(4):
    ours, theirs = context.Pipe()
    context.Process(target=touch, args=[theirs], daemon=True).start()
    ours.recv()
    pipes.append(ours)
print(*usage.peak(), sum(1024 * usage._status(pid, "VmRSS:") for pid in ["self", *usage.descendants()]))
"""


def run(script, **environment):
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=PEERS, env=os.environ | environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


@unittest.skipUnless(shutil.which("cc"), "there is no C compiler")
class Counted(unittest.TestCase):
    def test_a_run_of_so_many_blocks_of_such_a_size_is_counted_as_that(self):
        with tempfile.TemporaryDirectory() as folder:
            library, page = Path(folder, "heap.so"), Path(folder, "counts")
            subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-pthread", "-o", library, SOURCE], check=True)
            page.write_bytes(bytes(heap.NUMBERS.size))
            preload = {"LD_PRELOAD": str(library), heap.VARIABLE: str(page), "PYTHONMALLOC": "malloc"}
            nothing, blocks, gives_back = json.loads(run(COUNTED, **preload))
        self.assertLess(nothing["bytes"], 1000, "the interpreter's own")
        more = {name: blocks[name] - nothing[name] for name in ("allocations", "bytes", "peak_bytes")}
        # each block is an object and its bytes; the list and the range add a few more
        self.assertTrue(200 <= more["allocations"] < 230, more)
        for name in ("bytes", "peak_bytes"):
            self.assertTrue(10_000_000 <= more[name] < 10_100_000, more)
        self.assertTrue(MIB <= gives_back["bytes"] < MIB + 1000, gives_back)
        self.assertLess(gives_back["peak_bytes"], 10_000, "it gave back as much before")

    def test_what_nothing_counts_is_refused_and_not_zero(self):
        self.assertNotIn(heap.VARIABLE, os.environ)
        with self.assertRaisesRegex(Unavailable, "counts no allocations"):
            heap.heap(None)
        with tempfile.NamedTemporaryFile() as page, self.assertRaisesRegex(Unavailable, "does not allocate by"):
            page.write(bytes(heap.NUMBERS.size))
            page.flush()
            heap.Page(page.name).ensure_counts()


class Peak(unittest.TestCase):
    def test_what_a_parent_and_its_children_share_counts_once(self):
        peak, by, added_up = run(SHARED).split()
        self.assertEqual(by, "pss")
        self.assertTrue(64 * MIB <= int(peak) < 64 * MIB + 150 * MIB, peak)
        self.assertGreater(int(added_up), 5 * 64 * MIB, "the control: resident sizes have it five times")

    def test_a_process_alone_has_its_own_peak(self):
        self.assertEqual(usage.peak()[1], "process")


if __name__ == "__main__":
    unittest.main()
