"""A child process on another Python: shared memory, and a line for each request and reply; it ends with its parent."""

import json
import mmap
import os
import subprocess
from contextlib import contextmanager

import numpy as np

from peers.load import dies_with_parent

ALIGNMENT = 64  # of each array, in bytes


@contextmanager
def started(name, command, environment, folder):
    """A child process in a folder; its errors are reported under a name."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=folder,
        preexec_fn=dies_with_parent,
    )
    try:
        child = Child(name, process)
        child.release()  # it answers when its imports are done
        yield child
    finally:
        process.kill()
        process.communicate()


class Child:
    """A process of another Python that answers requests."""

    def __init__(self, name, process):
        self.name, self.process = name, process

    def share(self, *arrays):
        """Copies of the arrays in memory that is shared with the process.

        The memory has no name, so it cannot leak: the kernel frees it when both processes have released it.
        """
        offsets, size = [], 0
        for array in arrays:
            offsets.append(size)
            size += -(-max(array.nbytes, 1) // ALIGNMENT) * ALIGNMENT
        descriptor = os.memfd_create("parallax")
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
        """The reply of the process to a request: None for a layout of new arrays, else the result of a function."""
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            raise RuntimeError(f"the Python of {self.name} has ended; its exit status is {self.process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(f"{self.name}: {reply['error']}")
        return reply["result"]
