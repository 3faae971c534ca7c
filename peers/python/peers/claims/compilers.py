"""Claims of Numba's own tips and Cython's own tutorial: loops, fast-math, threads, typed arrays."""

import os
import subprocess
import sys

import numpy as np

from peers.claims import Study, claim, compiled
from peers.claims.timing import best, once
from peers.suite.workload import Unavailable


def identity(x):
    return np.cos(x) ** 2 + np.sin(x) ** 2


def identity_by_loop(x):
    out = np.empty_like(x)
    for i in range(len(x)):
        out[i] = np.cos(x[i]) ** 2 + np.sin(x[i]) ** 2
    return out


@claim("numba-loops")
def numba_loops(_, n=10_000_000):
    """Each form once, after a call on a few elements, which compiles it."""
    import numba

    x = np.arange(float(n))
    forms = {
        "NumPy": identity,
        "njit of it": numba.njit(identity),
        "the loop in Python": identity_by_loop,
        "njit of the loop": numba.njit(identity_by_loop),
    }
    for form in forms.values():
        np.testing.assert_allclose(form(x[:100]), 1.0)
    return Study(lambda: {name: once(lambda: form(x))[0] for name, form in forms.items()})


@claim("numba-fastmath")
def numba_fastmath(_, n=10_000_000):
    """A sum of square roots: in order, reassociated, in threads, and both."""
    import numba

    def in_order(a):
        total = 0.0
        for x in a:
            total += np.sqrt(x)
        return total

    def in_parts(a):
        total = 0.0
        for i in numba.prange(len(a)):
            total += np.sqrt(a[i])
        return total

    forms = {
        "do_sum": numba.njit(in_order),
        "do_sum_fast": numba.njit(fastmath=True)(in_order),
        "do_sum_parallel": numba.njit(parallel=True)(in_parts),
        "do_sum_parallel_fast": numba.njit(parallel=True, fastmath=True)(in_parts),
    }
    a = np.arange(float(n))
    for name, form in forms.items():
        np.testing.assert_allclose(form(a), np.sqrt(a).sum(), rtol=1e-9, err_msg=name)
    return Study(lambda: {name: once(lambda: form(a))[0] for name, form in forms.items()})


@claim("numba-parallel")
def numba_parallel(_, n=10_000_000):
    """A vectorised expression that Numba spreads over threads by itself."""
    import numba

    forms = {"NumPy": identity, "njit": numba.njit(identity), "njit, parallel": numba.njit(parallel=True)(identity)}
    x = np.arange(float(n))
    for form in forms.values():
        np.testing.assert_allclose(form(x[:100]), 1.0)
    return Study(lambda: {name: once(lambda: form(x))[0] for name, form in forms.items()})


TIMES_IDENTITY = """
import json, sys
import numba, numpy as np
from peers.claims.compilers import OPTIONS, identity
from peers.claims.timing import once
x = np.arange(float(sys.argv[1]))
forms = {name: numba.njit(**options)(identity) for name, options in OPTIONS.items()}
for form in forms.values():
    form(x[:10])
print(json.dumps([numba.config.USING_SVML, {name: once(lambda: form(x))[0] for name, form in forms.items()}]))
"""
OPTIONS = {
    "plain": {},
    "fastmath": {"fastmath": True},
    "parallel": {"parallel": True},
    "parallel and fastmath": {"parallel": True, "fastmath": True},
}


@claim("numba-svml")
def numba_svml(_, n=100_000_000):
    """With Intel's vector library and without it: Numba decides at its import, so each runs in a separate process."""
    import json

    def timed(disabled, size):
        environment = os.environ | {"NUMBA_DISABLE_INTEL_SVML": str(int(disabled))}
        command = [sys.executable, "-c", TIMES_IDENTITY, str(size)]
        return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)

    if not timed(False, 10)[0]:
        way = "target/peers/venv/bin/python -m pip install intel-cmplr-lib-rt"
        raise Unavailable(f"Numba finds no SVML here; to install it: {way}")

    def published():
        return {
            f"{name}, {'without' if disabled else 'with'} SVML": took
            for disabled in (True, False)
            for name, took in timed(disabled, n)[1].items()
        }

    return Study(published)


def convolve(f, g):
    """Each point of the result is a sum over the filter, where it overlaps the image."""
    vmax, wmax = f.shape[0], f.shape[1]
    smid, tmid = g.shape[0] // 2, g.shape[1] // 2
    xmax, ymax = vmax + 2 * smid, wmax + 2 * tmid
    h = np.zeros([xmax, ymax], dtype=f.dtype)
    for x in range(xmax):
        for y in range(ymax):
            s_from, s_to = max(smid - x, -smid), min((xmax - x) - smid, smid + 1)
            t_from, t_to = max(tmid - y, -tmid), min((ymax - y) - tmid, tmid + 1)
            value = 0
            for s in range(s_from, s_to):
                for t in range(t_from, t_to):
                    v = x - smid + s
                    w = y - tmid + t
                    value += g[smid - s, tmid - t] * f[v, w]
            h[x, y] = value
    return h


@claim("cython-convolution")
def cython_convolution(_, n=100, width=9):
    """The tutorial's steps: three repeats of two loops, and a hundred of three for the last."""
    kernels = compiled.cython()
    f, g = np.arange(n * n).reshape(n, n), np.arange(width * width).reshape(width, width)
    forms = {
        "Python": (convolve, 3, 2),
        "compiled as it is": (kernels.convolve_untyped, 3, 2),
        "typed": (kernels.convolve_typed, 3, 2),
        "typed buffers": (kernels.convolve_buffers, 100, 3),
    }
    for name, (form, *_) in forms.items():
        assert np.array_equal(form(f[:12, :12], g), convolve(f[:12, :12], g)), name

    def published():
        return {name: best(lambda: form(f, g), *count) for name, (form, *count) in forms.items()}

    return Study(published)
