"""Timing as the sources time: the best of several repeats, or the mean of them, per loop and in milliseconds."""

import statistics
import time


def repeats(work, repeat, number=1):
    """The time of a loop in each of several repeats, as `timeit.repeat` takes it."""
    took = []
    for _ in range(repeat):
        began = time.perf_counter()
        for _ in range(number):
            work()
        took.append(1e3 * (time.perf_counter() - began) / number)
    return took


def best(work, repeat=5, number=1):
    """The shortest, as `min(timeit.repeat(...))`."""
    return min(repeats(work, repeat, number))


def mean_and_deviation(took):
    """What `%timeit` prints."""
    return statistics.mean(took), statistics.pstdev(took)


def cores(work):
    """How many cores a piece of work keeps busy in this process: its CPU time over its wall time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.process_time() - cpu) / (time.perf_counter() - wall)


def once(work):
    """A single run, in milliseconds, with its result."""
    began = time.perf_counter()
    result = work()
    return 1e3 * (time.perf_counter() - began), result
