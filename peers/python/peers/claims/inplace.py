"""Claims about in-place operators: with a variable that grows from loop to loop, and at a fixed size."""

import timeit

import numpy as np

from peers.claims import Study, claim

SIZES = range(100, 1100, 100)


@claim("in-place")
def in_place(_, sizes=SIZES, number=1000):
    """Each size is a round: the claim is made for all sizes."""

    def published():
        return {
            f"{kind}: {statement}": [least(statement, make(n), b(n), 3, number) for n in sizes]
            for kind, (make, b) in KINDS.items()
            for statement in ("a = a + b", "a += b")
        }

    def corrected():
        make, b = KINDS["list"]
        return {name: [least(it, make(n), b(n), 3, number) for n in sizes] for name, it in AT_A_FIXED_SIZE.items()}

    return Study(published, corrected, rounds=1)


# how `a` and `b` are made from a size: the size itself, a list of that length, a square array with that many rows
KINDS = {
    "integer": (int, int),
    "list": (lambda n: list(range(n)), lambda n: list(range(n))),
    "array": (lambda n: np.ones((n, n)), int),
}
AT_A_FIXED_SIZE = {
    "list: a + b, to a new list": "c = a + b",
    "list: a += b, then cut to size": "a += b; del a[len(b):]",
}


def least(statement, a, b, repeat, number):
    """The least time of a pass. If the statement binds `a`, a local variable of the loop, `a` grows with each pass."""
    timer = timeit.Timer(statement, "a, b = given", globals={"given": (a, b)})
    return 1e3 * min(timer.repeat(repeat, number)) / number
