"""numexpr: an expression as text, compiled to byte code that a virtual machine runs block by block."""

import numexpr

from peers.cells import cell, start

LIBRARIES = ["numexpr", "numpy"]

TECHNIQUES = {
    "numexpr": {
        "idea": "a string becomes byte code that runs over blocks that stay in cache",
        "gives": "no temporaries in memory, several threads, expressions known only at run time",
        "costs": "one interpreter step per operation and block, and only element-wise expressions",
        "cores": "workers",
        "isa": "numexpr",
    },
    "numexpr-one-thread": {
        "idea": "the same on one thread",
        "gives": "the gain of the blocks alone",
        "costs": "the other cores",
        "cores": "one",
        "isa": "numexpr",
    },
}


@start("numexpr", "numexpr-one-thread")
def threads(workers):
    numexpr.set_num_threads(workers)
    yield workers


@cell("expression", "numexpr", "numexpr-one-thread")
def expression(work, _):
    """No optimisation reorders operations; `x**2` is computed as `x*x`."""
    return numexpr.evaluate(work.source, work.arguments)


@cell("stream", "numexpr")
def stream(work, _):
    """In place, since `out` may be one of the operands."""
    arrays = {"a": work.a, "b": work.b, "c": work.c}
    for _ in range(work.steps):
        numexpr.evaluate("a + b + 3*c", arrays, out=work.a)
    return work.a
