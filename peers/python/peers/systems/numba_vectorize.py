"""Numba's `vectorize`: compiles a function of scalars for given signatures into a function of whole arrays."""

import math

from numba import vectorize

from peers.cells import cell
from peers.suite.workload import prepared

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "numba-vectorize": {
        "idea": "a function of scalars becomes a NumPy ufunc",
        "gives": "NumPy's notation without its temporaries",
        "costs": "only element-wise work, and one thread",
        "cores": "one",
        "isa": "numba: this CPU",
    },
}


@vectorize(["boolean(float64, float64)"])
def e1(a, b):
    return a * b - 4.125 * a > 2.5 * b


@vectorize(["float64(float64, float64)"])
def e2(x, y):
    return math.cos(x**2 + y**2) / (1 + x**2 + y**2)


@vectorize(["float64(float64)"])
def e3(x):
    return ((0.25 * x + 0.75) * x - 1.5) * x - 2


@vectorize(["float64(float64, float64, float64, float64)"])
def e4(a, b, c, d):
    return a * b + c * d


@vectorize(["float64(float64, float64)"])
def e5(a, b):
    return 2 * a + 3 * b


@vectorize(["float64(float64, float64, float64)"])
def e6(a, b, c):
    return math.sin(a) + math.log(b * b + 1) * math.sqrt(c * c + 1)


@cell("expression", "numba-vectorize", load=prepared, cases=["E1"])
def comparison(work, _):
    return e1(*work.arguments.values(), out=work.out)


@cell("expression", "numba-vectorize", load=prepared, cases=["E2", "E3", "E4", "E5", "E6"])
def expression(work, _):
    return {"E2": e2, "E3": e3, "E4": e4, "E5": e5, "E6": e6}[work.case](*work.arguments.values(), out=work.out)
