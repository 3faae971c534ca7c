"""The modules that are compiled when the peers are installed: where they are, and why one is missing."""

import importlib.machinery
import importlib.util
import os
from pathlib import Path

MODULES = {"cython": "cython_kernels", "pythran": "pythran_kernels", "mypyc": "mypyc_kernels"}


def folder():
    """The folder of the compiled modules."""
    return Path(os.environ.get("PARALLAX_PEERS_HOME", "target/peers")) / "native"


def absent(system):
    """Why a system's module is missing; None if it is there."""
    if find(system) is not None:
        return None
    log = folder() / f"{system}.log"
    if log.exists():
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        return "its module does not compile: " + (lines[-1] if lines else "no reason given")
    return "its module is not compiled"


def find(system):
    """The file of the compiled module; None if it is missing."""
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    path = folder() / (MODULES[system] + suffix)
    return path if path.exists() else None


def load(system):
    """Imports the compiled module."""
    from peers.suite.workload import Unavailable

    path = find(system)
    if path is None:
        raise Unavailable(f"{absent(system)}; run `cargo xtask peers install`")
    spec = importlib.util.spec_from_file_location(MODULES[system], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
