"""JAX on the CPU: array code, traced once, fused and compiled by XLA, which runs it on its own threads.

Compilation is timed separately from runs, as `compile_ms`. Inputs are put on the device before the clock starts; a
result is waited for, and read without a copy.
"""

import time

import jax
import jax.numpy as jnp
import numpy as np

from peers.cells import cell
from peers.suite.random import GAMMA

LIBRARIES = ["jax", "jaxlib", "numpy"]

TECHNIQUES = {
    "jax": {
        "idea": "a function of arrays becomes a graph, which XLA fuses and compiles for this CPU and its cores",
        "gives": "fused loops on all cores from NumPy's notation, gradients, and the same code on accelerators",
        "costs": "a compilation for each shape, arrays that cannot be written to, and no loop that depends on data",
        "cores": "workers",
        "isa": "xla: this CPU",
        "environment": {"JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "1"},
    },
    "jax-one-thread": {
        "idea": "the same on one thread",
        "gives": "the gain of the fused loops, without that of the cores",
        "costs": "the other cores",
        "cores": "one",
        "isa": "xla: this CPU",
        "environment": {"JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "1"},
    },
}


def compiled(work, function, *arrays, donate=()):
    """The function for arrays of these shapes, compiled, and the arrays on the device."""
    arrays = [jax.device_put(array) for array in arrays]
    began = time.perf_counter()
    program = jax.jit(function, donate_argnums=donate, keep_unused=True).lower(*arrays).compile()
    work.extra_metrics["compile_ms"] = 1e3 * (time.perf_counter() - began)
    return program, arrays


class Called:
    """A compiled function of arrays, which writes each result over the one before the last.

    A result is an array without a copy, so the last one must stay unchanged; the one before is donated.
    """

    def __init__(self, work, function, *arrays):
        self.shape, work.spoil = jax.eval_shape(function, *arrays), self.spoil
        self.spoil()
        over = lambda _, *arrays: function(*arrays)
        self.program, (_, *self.arrays) = compiled(work, over, self.last, *arrays, donate=0)

    def spoil(self):
        """Replaces both results by arrays of zeros."""
        self.spare, self.last = (jax.device_put(np.zeros(self.shape.shape, self.shape.dtype)) for _ in range(2))

    def __call__(self):
        """Runs the function, and returns its result when it is complete."""
        self.spare, self.last = self.last, self.program(self.spare, *self.arrays)
        return np.from_dlpack(self.last)  # unlike np.asarray, this leaves no array behind that would prevent donation


class Triad:
    """The array `a` on the device; each step overwrites it."""

    def __init__(self, work, _):
        self.program, (self.a, self.b, self.c) = compiled(work, triad, work.a, work.b, work.c, donate=0)
        self.steps, work.spoil = work.steps, self.spoil

    def spoil(self):
        self.a = jnp.zeros_like(self.a)


def triad(a, b, c):
    return a + b + 3 * c


@cell("stream", "jax", "jax-one-thread", load=Triad)
def stream(loaded, _):
    """The steps are dispatched one after the other, with one wait at the end."""
    for _ in range(loaded.steps):
        loaded.a = loaded.program(loaded.a, loaded.b, loaded.c)
    return np.from_dlpack(loaded.a.block_until_ready())


def operands(work, _):
    return Called(work, jnp.matmul, work.a, work.b)


@cell("matmul", "jax", "jax-one-thread", load=operands, cases=[""])
def matmul(product, _):
    return product()


def formula(work, _):
    """The text, evaluated once with the names of the arrays, which traces it."""
    known = {"cos": jnp.cos, "log": jnp.log, "sin": jnp.sin, "sqrt": jnp.sqrt}
    return Called(work, eval(f"lambda {', '.join(work.arguments)}: {work.source}", known), *work.arguments.values())


@cell("expression", "jax", "jax-one-thread", load=formula, cases=["E1", "E2", "E4", "E5", "E6"])
def expression(evaluate, _):
    """All cases but E3: there XLA's fused multiply-add rounds once, while the suite rounds the product and the sum."""
    return evaluate()


def points(work, _):
    return Called(work, distances, work.points)


def distances(points):
    """All pairs, by broadcasting; the fused code stores no intermediate array."""
    x, y, z = ((column[:, None] - column) ** 2 for column in points.T)
    return jnp.sqrt(x + y + z)


@cell("pairwise", "jax", "jax-one-thread", load=points)
def pairwise(all_pairs, _):
    return all_pairs()


LANES = 1 << 15  # samples that are drawn together: enough for several threads, and few enough for a second cache


def samples(work, _):
    program, arrays = compiled(work, lambda seed: hits(seed, work.samples), np.uint64(work.seed))
    return lambda: int(program(*arrays))


def hits(seed, samples):
    """Counts the hits of each lane, and adds them up in the end.

    A sum over all samples at once would be written out first, eight bytes a sample, because XLA adds them up as a tree.
    """
    lane = jnp.arange(LANES, dtype=np.uint64)

    def draw(step, count):
        i = step.astype(np.uint64) * LANES + lane
        x, y = at(seed, 2 * i) >> 33, at(seed, 2 * i + 1) >> 33
        return count + ((x * x + y * y < np.uint64(1 << 62)) & (i < samples))

    steps = -(-samples // LANES)
    return jnp.sum(jax.lax.fori_loop(0, steps, draw, jnp.zeros(LANES, np.uint32)), dtype=np.uint64)


def at(seed, i):
    z = seed + (i + 1) * np.uint64(GAMMA)
    z = (z ^ z >> 30) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> 27) * np.uint64(0x94D049BB133111EB)
    return z ^ z >> 31


@cell("montecarlo", "jax", "jax-one-thread", load=samples)
def montecarlo(count, _):
    return count()
