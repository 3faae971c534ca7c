"""Compiles the modules of Cython, Pythran and mypyc; if one fails, it leaves a log and its cells are skipped."""

import hashlib
import importlib.machinery
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from peers import native

HERE = Path(__file__).parent
SUFFIX = importlib.machinery.EXTENSION_SUFFIXES[0]
# For this CPU, as numba compiles; without fused multiply-add, which would change the last bit. A loop with a square
# root or a comparison is vectorised only if neither `errno` nor the trap of a single element has to be kept.
VECTORS = ["-fno-math-errno", "-fno-trapping-math", "-mprefer-vector-width=512"]
FLAGS = ["-O3", "-march=native", "-ffp-contract=off", *VECTORS, "-fopenmp", "-fPIC", "-shared", "-w"]


def cython(out):
    """The commands that compile to C, then to a shared object."""
    source, c = HERE / "cython_kernels.pyx", out.with_suffix("").with_suffix(".c")
    yield [sys.executable, "-m", "cython", "-3", "-o", str(c), str(source)]
    compiler = os.environ.get("CC") or shutil.which("cc") or "gcc"
    yield [compiler, *FLAGS, f"-I{sysconfig.get_paths()['include']}", str(c), "-o", str(out)]


def pythran(out):
    """The command that runs Pythran's own driver, which calls the C++ compiler."""
    flags = [flag for flag in FLAGS if flag.startswith(("-O", "-m", "-f"))]
    yield [sys.executable, "-m", "pythran.run", *flags, "-o", str(out), str(HERE / "pythran_kernels.py")]


def mypyc(out):
    """The command that compiles to C and lets setuptools call the compiler; both write into the current folder.

    The C functions are exported, so the compiler may inline them only without interposition.
    """
    copy = native.folder() / "mypyc_kernels.py"
    copy.write_bytes((HERE / "mypyc_kernels.py").read_bytes())
    kept = [flag for flag in FLAGS if flag.startswith(("-m", "-ff"))]
    flags = " ".join([*kept, "-fwrapv", "-fno-semantic-interposition"])
    yield ["env", f"CFLAGS={flags}", "MYPYC_OPT_LEVEL=3", sys.executable, "-m", "mypyc", copy.name]
    copy.unlink()  # else it could be imported instead of the module
    shutil.rmtree(native.folder() / "build")


def build(system, steps):
    """Compiles a module unless it is up to date; returns whether it is there."""
    module = native.MODULES[system]
    out, log = native.folder() / (module + SUFFIX), native.folder() / f"{system}.log"
    source = next(HERE.glob(f"{module}.py*"))
    stamp = out.with_suffix(".of")  # the hash of what the module was compiled from
    source_hash = hashlib.sha256(source.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    if out.exists() and stamp.exists() and stamp.read_text() == source_hash:
        print(f"  {system}: up to date", flush=True)
        return True
    out.unlink(missing_ok=True)
    print(f"  {system}: compiling", flush=True)
    for command in steps(out):
        try:
            done = subprocess.run(command, capture_output=True, text=True, cwd=native.folder())
            failure = done.stdout + done.stderr if done.returncode else None
        except OSError as error:
            failure = str(error)
        if failure is not None:
            log.write_text(failure)
            print(f"  {system}: does not compile; the errors are in {log}", flush=True)
            return False
    log.unlink(missing_ok=True)
    stamp.write_text(source_hash)
    return True


if __name__ == "__main__":
    native.folder().mkdir(parents=True, exist_ok=True)
    sys.exit(0 if all([build("cython", cython), build("pythran", pythran), build("mypyc", mypyc)]) else 1)
