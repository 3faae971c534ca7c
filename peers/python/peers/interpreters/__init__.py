"""Finds other Pythons on this machine: PyPy, free-threaded CPython, and CPython with interpreter pools.

They run plain Python without packages. If one is missing, its peers report the command that installs it.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

# A description of a kind, its programs on PATH and in pyenv's folder, the test of its facts, and how to get it.
Kind = namedtuple("Kind", "words programs versions is_one fetch")

KINDS = {
    "pypy": Kind(
        "a PyPy of Python 3.9 or newer",
        ("pypy3.11", "pypy3.10", "pypy3"),
        "pypy3*/bin/pypy3",
        lambda told: told["implementation"] == "pypy" and told["version"] >= [3, 9],
        "apt-get install pypy3",
    ),
    "free-threaded": Kind(
        "a CPython 3.13 or newer that was built without the GIL",
        ("python3.15t", "python3.14t", "python3.13t"),
        "3.*t/bin/python3",
        lambda told: told["free_threaded"],
        "pyenv install 3.14t",
    ),
    "interpreter-pool": Kind(
        "a CPython 3.14 or newer",
        ("python3.15", "python3.14"),
        "3.1[4-9]*/bin/python3",
        lambda told: told["interpreter_pool"] and not told["free_threaded"],
        "pyenv install 3.14",
    ),
}

# Prints the facts of an interpreter.
DESCRIBE = """
import json, platform, sys, sysconfig
pool = sys.version_info >= (3, 14) and sys.implementation.name == "cpython"
told = {"implementation": sys.implementation.name, "version": list(sys.version_info[:3]), "interpreter_pool": pool}
told["free_threaded"] = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
told["own_version"] = list(sys.implementation.version[:3])
print(json.dumps(told))
"""


def candidates(kind):
    """The programs that may be of a kind: our own, those on PATH, and pyenv's versions, the newest first."""
    yield sys.executable
    yield from filter(None, map(shutil.which, KINDS[kind].programs))
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(root.glob(f"versions/{KINDS[kind].versions}"), reverse=True))


def find(kind):
    """The first program of a kind, and its facts; None if there is none."""
    for program in candidates(kind):
        told = describe(program)
        if told and KINDS[kind].is_one(told):
            return program, told
    return None


@functools.cache
def describe(program):
    """The facts of a program; None if it does not start, as a shim of pyenv whose version is missing."""
    try:
        answer = subprocess.run([program, "-c", DESCRIBE], capture_output=True, env=environment(), timeout=10)
        return json.loads(answer.stdout) if answer.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def version(kind):
    """The version of the interpreter that is found; None without one."""
    found = find(kind)
    if found is None:
        return None
    told = found[1]
    name = ".".join(map(str, told["version"]))
    own = ".".join(map(str, told["own_version"]))
    return f"{name} (PyPy {own})" if told["implementation"] == "pypy" else name


def absent(kind):
    """Why an interpreter of a kind is missing, and the command that installs it; None if there is one."""
    if find(kind) is not None:
        return None
    return f"needs {KINDS[kind].words}, and none is on PATH or in pyenv", KINDS[kind].fetch


def environment():
    """The environment of such a process, without our PYTHONPATH: it imports only modules of this package."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def started(kind, module, *arguments):
    """A child process on an interpreter of a kind, which serves the functions of a module of this package."""
    from peers import child, scratch
    from peers.suite.workload import Unavailable

    found = find(kind)
    if found is None:
        raise Unavailable("{}; run `{}`".format(*absent(kind)))
    program = Path(__file__).with_name(f"{module}.py")
    with scratch.folder(kind) as folder:
        command = [found[0], str(program), *map(str, arguments)]
        with child.started(kind, command, environment(), folder) as kernels:
            yield kernels
