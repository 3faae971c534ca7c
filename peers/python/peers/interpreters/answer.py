"""Serves requests on another Python, from 3.9 on: arrays in shared memory, and calls of functions."""

import json
import mmap
import os
import sys

FORMATS = {"<f8": "d", "<i8": "q", "<i4": "i", "<u8": "Q", "|u1": "B"}


def map_arrays(path, layout):
    """The arrays in a file that is mapped into memory, flat, in the order of their layout."""
    if path is None:
        return []
    with open(path, "r+b") as shared:
        memory = memoryview(mmap.mmap(shared.fileno(), 0))
    arrays = []
    for kind, shape, offset in layout:
        code = FORMATS[kind]
        size = memoryview(b"").cast(code).itemsize
        for length in shape:
            size *= length
        arrays.append(memory[offset : offset + size].cast(code))
    return arrays


def serve(functions):
    """Answers each line: an object describes new arrays, a list is the name of a function and more arguments for it."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # printed output must not mix with replies
    arrays = []
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        try:
            if isinstance(request, dict):
                arrays, result = map_arrays(**request), None
            else:
                result = functions[request[0]](arrays, *request[1:])
            reply = {"result": result}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
