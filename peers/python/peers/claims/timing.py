"""Timing by the methods of the sources: `timeit`'s repeats and IPython's `%timeit`, per loop, in milliseconds."""

import statistics
import time
import timeit

FILLED_SECONDS = 0.2  # the time that `%timeit` fills with loops, unless their number is given


def repeats(work, repeat, number=1):
    """The time of a loop in each of several repeats; the work is a function, or a statement."""
    return [1e3 * took / number for took in timeit.Timer(work).repeat(repeat, number)]


def best(work, repeat=5, number=1):
    """The shortest repeat, as `min(timeit.repeat(...))`."""
    return min(repeats(work, repeat, number))


def magic(work, runs=7, loops=None):
    """The runs of `%timeit`: the number of loops is the first power of ten that fills a fifth of a second.

    From IPython 6 on, it prints the mean of seven runs; before, it printed the least of three.
    """
    timer = timeit.Timer(work)
    loops = loops or next(10**k for k in range(10) if timer.timeit(10**k) >= FILLED_SECONDS or k == 9)
    return repeats(work, runs, loops)


def mean_of_seven(work, loops=None):
    """The mean that `%timeit` prints."""
    return statistics.mean(magic(work, 7, loops))


def best_of_three(work):
    """The time that `%timeit` printed before IPython 6."""
    return min(magic(work, 3))


def mean_and_deviation(took):
    """The mean and the deviation that `%timeit` prints."""
    return statistics.mean(took), statistics.pstdev(took)


def cores(work):
    """The number of cores that a piece of work keeps busy in this process: its CPU time over its wall time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.process_time() - cpu) / (time.perf_counter() - wall)


def once(work):
    """A single run, in milliseconds, with its result."""
    began = time.perf_counter()
    result = work()
    return 1e3 * (time.perf_counter() - began), result
