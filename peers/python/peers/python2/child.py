"""Our end of a process on Python 2.7: memory that both see, a line to it, a line back, and its end with ours."""

import json
import mmap
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from peers import python2, scratch
from peers.load import dies_with_parent

ALIGNED = 64  # where arrays begin, in bytes


@contextmanager
def started():
    """The process; it writes into a folder that goes with it."""
    with scratch.folder("parakeet") as folder:
        command = [str(python2.python()), str(Path(__file__).with_name("kernels.py"))]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=python2.environment(folder),
            cwd=folder,
            preexec_fn=dies_with_parent,
        )
        try:
            child = Child(process)
            child.forget()  # it answers when it has imported what it needs
            yield child
        finally:
            process.kill()
            process.communicate()


class Child:
    """What answers."""

    def __init__(self, process):
        self.process = process

    def share(self, *arrays):
        """Copies of the arrays, which the process has as well.

        The memory has no name, so nothing of it can be left behind: it goes with the last who has it.
        """
        begins, size = [], 0
        for array in arrays:
            begins.append(size)
            size += -(-max(array.nbytes, 1) // ALIGNED) * ALIGNED
        descriptor = os.memfd_create("parakeet")
        try:
            os.ftruncate(descriptor, size)
            memory = mmap.mmap(descriptor, size)
            layout = [(array.dtype.str, array.shape, begin) for array, begin in zip(arrays, begins)]
            # Python 2.7 cannot be sent a descriptor, but it may open ours
            self.ask({"path": f"/proc/{os.getpid()}/fd/{descriptor}", "layout": layout})
        finally:
            os.close(descriptor)
        shared = [np.ndarray(shape, kind, memory, begin) for kind, shape, begin in layout]
        for ours, array in zip(shared, arrays):
            ours[...] = array
        return shared

    def forget(self):
        """Lets go of what was shared."""
        self.ask({"path": None, "layout": []})

    def ask(self, request):
        """What a function returns, or what becomes of arrays that are shared."""
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            raise RuntimeError(f"Parakeet's Python has ended; its exit status is {self.process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(f"Parakeet: {reply['error']}")
        return reply["told"]
