"""Expressions known only at run time: text with arrays by name, as numexpr evaluates it.

    for i in range(n):
        result[i] = the expression on element i of each array it names,
                    such as a[i]*b[i] - 4.125*a[i] > 2.5*b[i]
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Workload, check_near

_SOURCES = {
    "E1": ("a*b - 4.125*a > 2.5*b", ["a", "b"], 5.0),
    "E2": ("cos(x**2 + y**2) / (1 + x**2 + y**2)", ["x", "y"], 7.0),
    "E3": ("((.25*x + .75)*x - 1.5)*x - 2", ["x"], 6.0),
    "E4": ("a*b + c*d", ["a", "b", "c", "d"], 3.0),
    "E5": ("2*a + 3*b", ["a", "b"], 3.0),
    "E6": ("sin(a) + log(b*b + 1)*sqrt(c*c + 1)", ["a", "b", "c"], 9.0),
}


class Expression(Workload):
    """An expression as text, and the arrays it names."""

    NAME, NUMBER, UNIT = "expression", 3, "elements"
    CASES = tuple(_SOURCES)
    ANY_SIZE = True

    def make(self):
        self.source, names, self.flops = _SOURCES[self.case]
        self.EXACT = self.case not in ("E2", "E6")
        self.LIMIT = "triad bandwidth" if self.EXACT else "FMA peak"
        self.DTYPE = np.dtype(np.bool_ if self.case == "E1" else np.float64)
        self.n = max(2, self.counted(1001, 100_000, 4_000_000, 4_000_000, 25_000_000))
        if self.case == "E2":
            side = self.of(31, 301, 2001, 2001, 5001) if self.units is None else _odd_near(self.units**0.5)
            self.n = side * side
            line = _points(3.0, side)
            columns = [np.tile(line, side), np.repeat(line, side)]
        elif self.case == "E3":
            columns = [_points(1.0, self.n)]
        else:
            stride = {"E1": 2, "E4": 4, "E5": 4, "E6": 4}[self.case]
            columns = [_dyadic(self.seed, q, self.n, stride) for q in range(len(names))]
        self.arguments = dict(zip(names, columns))

    def items(self):
        return self.n

    def traffic(self):
        out = 1 if self.case == "E1" else 8
        return (8.0 * len(self.arguments) + out) * self.n, self.flops * self.n

    def check(self, result, runs):
        if self.EXACT:
            return super().check(result, runs)
        got = np.asarray(result)
        check_near(got, *{"E2": _expected_e2, "E6": _expected_e6}[self.case](**self.arguments))
        return random.digest(got)


def _odd_near(side):
    """The nearest side that has a middle, three at least."""
    return 2 * max(1, int((side - 1) / 2 + 0.5)) + 1


def _points(reach, n):
    """Evenly spaced points from `-reach` to `reach`."""
    return 2.0 * reach * np.arange(n) / (n - 1) - reach


def _dyadic(seed, q, n, stride):
    """Multiples of 1/1024 in [-10, 10), whose products are exact."""
    whole = (random.stretch(seed, q, stride * n, stride) % np.uint64(20480)).astype(np.int64) - 10240
    return whole / 1024.0


def _expected_e2(x, y):
    """The expected values and their tolerance, 8 ulps."""
    square = x * x + y * y
    value = np.cos(square) / (square + 1)
    return value, 8 * np.spacing(np.abs(value))


def _expected_e6(a, b, c):
    """By other functions than in the kernels; the tolerance is in ulps of the largest term, as terms may cancel."""
    sine, product = np.sin(a), np.log1p(b * b) * np.hypot(c, 1.0)
    value = sine + product
    return value, 4 * np.spacing(np.maximum(np.abs(value), np.maximum(np.abs(sine), np.abs(product))))
