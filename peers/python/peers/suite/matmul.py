"""A dense matrix product, whose speed depends on blocking for the cache: the compute ceiling.

    for i in range(n):
        for j in range(n):
            c[i, j] = sum(a[i, k] * b[k, j] for k in range(n))
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Workload, root


class Matmul(Workload):
    """Two square matrices of small integers, so the product is exact in every order of summation and each precision."""

    NAME, NUMBER, UNIT = "matmul", 2, "flop"
    CASES = ("", "f32")
    ANY_SIZE = True

    def make(self):
        n = self.n = self.of(32, 128, 512, 1000, 2000) if self.units is None else root(self.units / 2, 3)
        self.DTYPE = np.dtype(np.float32 if self.case == "f32" else np.float64)
        self.LIMIT = "FMA peak, f32" if self.case == "f32" else "FMA peak"
        entry = lambda q: (random.stretch(self.seed, q, 2 * n * n, 2) % 17).astype(self.DTYPE).reshape(n, n) - 8
        self.a, self.b = entry(0), entry(1)
        for matrix in (self.a, self.b):
            matrix[n // 3 : n // 2, n // 4 : n // 2] = 0.0

    def items(self):
        return 2 * self.n**3

    def traffic(self):
        return 3.0 * self.DTYPE.itemsize * self.n**2, self.items()

    def shape(self):
        return (self.n, self.n)
