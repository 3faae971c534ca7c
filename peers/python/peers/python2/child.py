"""The child process that runs Parakeet's kernels on Python 2.7."""

from contextlib import contextmanager
from pathlib import Path

from peers import child, python2, scratch


@contextmanager
def started(backend="c"):
    """A child process, which generates code for one core, or, if `backend` is empty, for Parakeet's default.

    Its files are in a folder that is deleted when it ends.
    """
    with scratch.folder("parakeet") as folder:
        command = [str(python2.python()), str(Path(__file__).with_name("kernels.py")), *([backend] if backend else [])]
        with child.started("Parakeet", command, python2.environment(folder), folder) as kernels:
            yield kernels
