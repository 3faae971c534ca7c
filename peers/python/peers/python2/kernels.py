"""Parakeet's side: Python 2.7, where functions are compiled as they are first called, and a line says what to do.

A function gets arrays that both processes see and writes its result into the last of them. Parakeet infers types
from the arguments, and writes and compiles C; it knows neither `break` nor assignment to several names.
"""

import json
import mmap
import os
import sys

import numpy as np
import parakeet
from parakeet import jit

parakeet.config.backend = "c"  # not what it finds: with OpenMP it would take all cores


@jit
def bubble(values):
    comparisons = 0
    swaps = 0
    end = values.shape[0]
    unsorted = end > 1
    while unsorted:
        before = swaps
        for i in range(1, end):
            left = values[i - 1]
            right = values[i]
            if left > right:
                values[i - 1] = right
                values[i] = left
                swaps += 1
        end -= 1
        comparisons += end
        unsorted = swaps > before and end > 1
    return comparisons, swaps


def bubblesort(values, out):
    out[:] = values
    return bubble(out)


@jit
def expression(a, b, out):
    """An array expression, fused into one loop; assigned to a slice, or it would be a new array."""
    out[:] = a * b - 4.125 * a > 2.5 * b


@jit
def pairwise(points, out):
    for i in range(points.shape[0]):
        for j in range(points.shape[0]):
            x = points[i, 0] - points[j, 0]
            y = points[i, 1] - points[j, 1]
            z = points[i, 2] - points[j, 2]
            out[i, j] = np.sqrt(x * x + y * y + z * z)


@jit
def plane(xs, ys, limit, out):
    for i in range(ys.shape[0]):
        for j in range(xs.shape[0]):
            x = xs[j]
            y = ys[i]
            steps = 0
            while x * x + y * y < 4.0 and steps < limit:
                moved = x * x - y * y - 0.62772
                y = 2.0 * x * y - 0.42193
                x = moved
                steps += 1
            out[i, j] = steps


def julia(xs, ys, limit, out):
    plane(xs, ys, limit[0], out)


FUNCTIONS = {
    "bubble": bubble,
    "bubblesort": bubblesort,
    "expression": expression,
    "julia": julia,
    "pairwise": pairwise,
}


def hold(path, layout):
    """The arrays that lie in a file one after the other: each its type, its shape and where it begins."""
    if path is None:
        return []
    with open(path, "r+b") as shared:
        memory = mmap.mmap(shared.fileno(), 0)
    return [np.ndarray(shape, str(kind), memory, begin) for kind, shape, begin in layout]


def serve(requests, replies):
    """A line for a line: arrays to hold, which are an object, or the name of a function to call on them."""
    arrays = []
    for line in iter(requests.readline, ""):
        asked = json.loads(line)
        try:
            if isinstance(asked, dict):
                arrays, told = hold(**asked), None
            else:
                told = FUNCTIONS[asked](*arrays)
            reply = {"told": told}
        except Exception as error:
            reply = {"error": "%s: %s" % (type(error).__name__, error)}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    line = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what compilers print is no reply
    serve(sys.stdin, line)
