"""Compiles the claims' Cython and Fortran listings when they are first needed, with the flags of a plain build."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import numpy.f2py

from peers import native
from peers.suite.workload import Unavailable

HERE = Path(__file__).parent
# the default flags of `setup.py build_ext` for C, and of f2py for Fortran
FLAGS = ["-O2", "-fPIC", "-w"]
FORTRAN_FLAGS = ["-O3", "-funroll-loops", "-fPIC", "-w"]


def cython(name="claims_kernels", source=HERE / "kernels.pyx"):
    """A Cython source as a module; the source may be plain Python."""
    try:
        import Cython  # noqa: F401
    except ImportError:
        raise Unavailable("Cython is not installed; run `cargo xtask peers install`") from None
    options = [*FLAGS, "-shared", "-fno-strict-aliasing", "-DNDEBUG", *includes()]

    def steps(out):
        c = out.with_suffix(".c")
        yield [sys.executable, "-m", "cython", "-3", "--module-name", name, "-o", str(c), str(source)]
        yield [compiler("cc", "CC"), *options, str(c), "-o", str(out)]

    return module(name, built(source, steps))


def fortran():
    """The module that f2py makes of `pairwise.f`; the compilers are called here, without f2py's build system."""
    source, name = HERE / "pairwise.f", "claims_pairwise"
    support = Path(np.f2py.get_include())

    def steps(out):
        folder = out.with_suffix(".f2py")
        folder.mkdir(exist_ok=True)
        wrapper, glue, own = (folder / f"{part}.o" for part in ("wrapper", "glue", "own"))
        options = [*FLAGS, *includes(), f"-I{support}", "-c"]
        yield [sys.executable, "-m", "numpy.f2py", str(source), "-m", name, "--build-dir", str(folder)]
        yield [compiler("cc", "CC"), *options, str(folder / f"{name}module.c"), "-o", str(wrapper)]
        yield [compiler("cc", "CC"), *options, str(support / "fortranobject.c"), "-o", str(glue)]
        yield [compiler("gfortran", "FC"), *FORTRAN_FLAGS, "-c", str(source), "-o", str(own)]
        yield [compiler("gfortran", "FC"), "-shared", str(wrapper), str(glue), str(own), "-o", str(out)]

    return module(name, built(source, steps))


def includes():
    """The flags for the headers of Python and NumPy."""
    return [f"-I{sysconfig.get_paths()['include']}", f"-I{np.get_include()}"]


def module(name, file):
    """Imports a module from its file."""
    spec = importlib.util.spec_from_file_location(name, file)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def compiler(name, variable):
    """A compiler that is installed."""
    found = os.environ.get(variable) or shutil.which(name)
    if found is None:
        raise Unavailable(f"needs a compiler: apt install {'gfortran' if name == 'gfortran' else 'gcc'}")
    return found


def built(source, steps):
    """The shared object of a source, compiled once for each version of it, in the folder of the native modules."""
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
        shutil.rmtree(partial.with_suffix(".f2py"), ignore_errors=True)
    return out
