"""Forked processes with shared memory: they start before the clock, and each runs its function on a signal."""

import mmap
import multiprocessing as mp

import numpy as np

from peers.load import dies_with_parent

FORK = mp.get_context("fork")  # the default on Linux up to Python 3.13; safe here, since no threads have started


class Crew:
    """Processes that are forked before the clock; each runs its function at every `begin`."""

    def __init__(self, calls):
        self.calls, self.pipes, self.processes = calls, [], []

    def __enter__(self):
        for call in self.calls:
            here, there = FORK.Pipe()
            process = FORK.Process(target=_obey, args=(there, *call), daemon=True)
            process.start()
            there.close()  # else the end of the process would not close the pipe
            self.pipes.append(here)
            self.processes.append(process)
        return self

    def begin(self, *news):
        """Signals all processes to run."""
        for pipe in self.pipes:
            pipe.send(news)

    def results(self):
        """Waits for all, and returns what their functions returned."""
        return [pipe.recv() for pipe in self.pipes]

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.join()


def _obey(pipe, function, *arguments):
    dies_with_parent()
    while True:
        news = pipe.recv()
        pipe.send(function(*arguments, *news))


def shared_array(shape, dtype):
    """An array in memory that forked processes share; it has no name, so nothing can outlive them."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.frombuffer(mmap.mmap(-1, size), dtype).reshape(shape)
