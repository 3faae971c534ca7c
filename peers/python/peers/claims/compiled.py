"""Compiles the claims' Cython and Fortran listings when they are first needed, with the flags of a plain build."""

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np

from peers import native
from peers.suite.workload import Unavailable

HERE = Path(__file__).parent
# what `setup.py build_ext` and f2py give to a compiler by default
FLAGS = ["-O2", "-fPIC", "-shared", "-w"]


def cython():
    """The module of `kernels.pyx`."""
    try:
        import Cython  # noqa: F401
    except ImportError:
        raise Unavailable("Cython is not installed; run `cargo xtask peers install`") from None
    source, name = HERE / "kernels.pyx", "claims_kernels"
    includes = [f"-I{sysconfig.get_paths()['include']}", f"-I{np.get_include()}"]

    def steps(out):
        c = out.with_suffix(".c")
        yield [sys.executable, "-m", "cython", "-3", "--module-name", name, "-o", str(c), str(source)]
        yield [compiler("cc", "CC"), *FLAGS, "-fno-strict-aliasing", "-DNDEBUG", *includes, str(c), "-o", str(out)]

    spec = importlib.util.spec_from_file_location(name, built(source, steps))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fortran():
    """`pairwise(points)` of `pairwise.f90`."""
    source = HERE / "pairwise.f90"
    program = built(source, lambda out: [[compiler("gfortran", "FC"), *FLAGS, str(source), "-o", str(out)]])
    subroutine = ctypes.CDLL(str(program)).pairwise
    doubles = np.ctypeslib.ndpointer(np.float64, flags="F_CONTIGUOUS")
    subroutine.argtypes = [ctypes.c_int, ctypes.c_int, doubles, doubles]

    def pairwise(points):
        m, n = points.shape
        out = np.empty((m, m), order="F")
        subroutine(m, n, np.asfortranarray(points), out)
        return out

    return pairwise


def compiler(name, variable):
    """A compiler that is installed."""
    found = os.environ.get(variable) or shutil.which(name)
    if found is None:
        raise Unavailable(f"needs a compiler: apt install {'gfortran' if name == 'gfortran' else 'gcc'}")
    return found


def built(source, steps):
    """The shared object of a source: compiled once for each version of it, beside the other native modules."""
    version = hashlib.sha256(source.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:16]
    out = native.folder() / f"claims-{source.stem}-{sys.implementation.cache_tag}-{version}.so"
    if not out.exists():
        native.folder().mkdir(parents=True, exist_ok=True)
        partial = out.with_name(f"{os.getpid()}-{out.name}")
        for command in steps(partial):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
                raise Unavailable(f"{source.name} does not compile: {lines[-1] if lines else 'no reason given'}")
        partial.rename(out)
        partial.with_suffix(".c").unlink(missing_ok=True)
    return out
