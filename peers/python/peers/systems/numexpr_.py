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


def compiled(work, _):
    """Compiles the text before the clock starts, as a user does who evaluates it more than once."""
    if error := numexpr.validate(work.prepare().source, work.arguments, {}, out=work.out):
        raise error
    return work


@cell("expression", "numexpr", "numexpr-one-thread", load=compiled)
def expression(work, _):
    """No optimisation reorders operations; `x**2` is computed as `x*x`."""
    return numexpr.re_evaluate(work.arguments, {})


def triad(work, _):
    """The arguments of a step, compiled; in place, since `out` may be one of the operands."""
    arrays = {"a": work.a, "b": work.b, "c": work.c}
    if error := numexpr.validate("a + b + 3*c", arrays, {}, out=work.a):
        raise error
    return work, arrays


@cell("stream", "numexpr", load=triad)
def stream(loaded, _):
    work, arrays = loaded
    for _ in range(work.steps):
        numexpr.re_evaluate(arrays, {})
    return work.a
