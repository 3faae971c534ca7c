"""Parakeet's kernels, run by Python 2.7: a line of input names the function, which is compiled at its first call.

A function takes arrays in shared memory and writes its result into the last of them. Parakeet infers types from the
arguments, then generates and compiles C; it supports neither `break` nor assignment to several names.
"""

import json
import mmap
import os
import sys

import numpy as np
import parakeet
from parakeet import jit

if len(sys.argv) > 1:
    parakeet.config.backend = sys.argv[1]  # the default, OpenMP where it is found, would use all cores


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
    """An array expression, fused into one loop; assigned to a slice, since a plain name would be a new array."""
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
def escape_counts(xs, ys, limit, out):
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
    escape_counts(xs, ys, limit[0], out)


@jit
def bubble_by_flag(values):
    """The sort of a published comparison, which the ledger of claims runs again."""
    count = values.shape[0]
    swapped = 1
    for i in range(0, count):
        if swapped:
            swapped = 0
            for k in range(0, count - i - 1):
                if values[k] > values[k + 1]:
                    held = values[k + 1]
                    values[k + 1] = values[k]
                    values[k] = held
                    swapped = 1
    return values


def bubble_published(values):
    bubble_by_flag(values)


@jit
def compared(a, b):
    return a * b - 4.1 * a > 2.5 * b


def comparison(a, b):
    """The published expression, whose result is dropped here."""
    compared(a, b)


FUNCTIONS = {
    "bubble": bubble,
    "bubble_published": bubble_published,
    "bubblesort": bubblesort,
    "comparison": comparison,
    "expression": expression,
    "julia": julia,
    "pairwise": pairwise,
}


def map_arrays(path, layout):
    """The arrays in a file that is mapped into memory; the layout has the type, shape and offset of each."""
    if path is None:
        return []
    with open(path, "r+b") as shared:
        memory = mmap.mmap(shared.fileno(), 0)
    return [np.ndarray(shape, str(kind), memory, offset) for kind, shape, offset in layout]


def serve(requests, replies):
    """Answers each line: an object describes new arrays to map, a string names a function to call on them."""
    arrays = []
    for line in iter(requests.readline, ""):
        request = json.loads(line)
        try:
            if isinstance(request, dict):
                arrays, result = map_arrays(**request), None
            else:
                result = FUNCTIONS[request](*arrays)
            reply = {"result": result}
        except Exception as error:
            reply = {"error": "%s: %s" % (type(error).__name__, error)}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    line = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the output that compilers print must not mix with replies
    serve(sys.stdin, line)
