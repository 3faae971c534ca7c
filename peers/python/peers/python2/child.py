"""A child process on Python 2.7: shared memory, one line for a request, one for its reply; it ends with its parent."""

import json
import mmap
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from peers import python2, scratch
from peers.load import dies_with_parent

ALIGNMENT = 64  # of each array, in bytes


@contextmanager
def started():
    """A child process; it writes into a folder that is deleted with it."""
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
            child.release()  # it answers when its imports are done
            yield child
        finally:
            process.kill()
            process.communicate()


class Child:
    """A Python 2.7 process that answers requests."""

    def __init__(self, process):
        self.process = process

    def share(self, *arrays):
        """Copies of the arrays in memory that is shared with the process.

        The memory has no name, so it cannot leak: the kernel frees it when both processes have released it.
        """
        offsets, size = [], 0
        for array in arrays:
            offsets.append(size)
            size += -(-max(array.nbytes, 1) // ALIGNMENT) * ALIGNMENT
        descriptor = os.memfd_create("parakeet")
        try:
            os.ftruncate(descriptor, size)
            memory = mmap.mmap(descriptor, size)
            layout = [(array.dtype.str, array.shape, offset) for array, offset in zip(arrays, offsets)]
            # Python 2.7 cannot receive a descriptor, but it can open ours by its path
            self.ask({"path": f"/proc/{os.getpid()}/fd/{descriptor}", "layout": layout})
        finally:
            os.close(descriptor)
        shared = [np.ndarray(shape, kind, memory, offset) for kind, shape, offset in layout]
        for copy, array in zip(shared, arrays):
            copy[...] = array
        return shared

    def release(self):
        """Releases the shared arrays."""
        self.ask({"path": None, "layout": []})

    def ask(self, request):
        """The result of the function that is named, called on the shared arrays; none for a layout of new ones."""
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
        return reply["result"]
