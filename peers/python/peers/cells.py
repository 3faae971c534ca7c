"""How a module says which cells it has: one decorated function for each, read without importing anything.

    TECHNIQUES = {"numpy": {"idea": "...", "gives": "...", "costs": "...", "cores": "one"}}

    @cell("julia", "numpy")
    def julia(work, workers):
        return ...

The function is what is timed: it gets the workload's input and what the technique's `@start` yields (without
one: the number of workers), and returns the whole result. `load=` names a function that brings the input into
another form before the clock starts.
"""

import ast
import shutil
import sys
from collections import namedtuple
from contextlib import contextmanager
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

from peers import native, python2

INSTALL = "cargo xtask peers install"

# What reading a module's source tells of a cell.
Listed = namedtuple("Listed", "system workload case technique function kernel slow imports")

# What importing it gives.
Runnable = namedtuple("Runnable", "function load")

# What a module says of itself in plain values; PYTHON where it needs another than ours.
NAMES = ("TECHNIQUES", "LIBRARIES", "PYTHON")

FOLDER = Path(__file__).parent / "systems"

_CELLS, _STARTS = {}, {}


def cell(workload, *techniques, load=None, cases=None, slow=None, kernel=""):
    """The function answers a workload for the techniques, from some sizes on too slowly to be run."""

    def register(function):
        _CELLS[function.__module__, function.__name__] = Runnable(function, load)
        return function

    return register


def start(*techniques):
    """The generator starts what the techniques need, yields it once, and ends it after."""

    def register(function):
        _STARTS.update({technique: contextmanager(function) for technique in techniques})
        return function

    return register


def runnable(listed):
    """The function behind a cell, whose module is imported."""
    import_module(listed.system.module)
    return _CELLS[listed.system.module, listed.function]


def started(technique, workers):
    """The context in which a technique is ready."""
    return _STARTS.get(technique, _nothing)(workers)


@contextmanager
def _nothing(workers):
    yield workers


class System:
    """A module of `systems`, as its source tells."""

    def __init__(self, path):
        self.name = path.stem.rstrip("_")
        self.module = f"peers.systems.{path.stem}"
        self.source = f"peers/python/peers/systems/{path.name}"
        tree = ast.parse(path.read_text())
        self.about = ast.get_docstring(tree).splitlines()[0]
        plain = {}
        for node in tree.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in NAMES:
                plain[node.targets[0].id] = ast.literal_eval(node.value)
        self.techniques = plain["TECHNIQUES"]
        self.libraries = plain["LIBRARIES"]
        self.on_python2 = plain.get("PYTHON") == 2
        self.imports = _imports(tree.body)
        self.cells = [found for node in tree.body if isinstance(node, ast.FunctionDef) for found in self._cells(node)]

    def version(self, library):
        """The version of a library, or of `python`, where this system runs; none without it."""
        if self.on_python2:
            return python2.version(library)
        if library == "python":
            return sys.version.split()[0]
        try:
            return metadata.version(library)
        except metadata.PackageNotFoundError:
            return None

    def absent(self, cell=None):
        """Why it, or one cell of it, cannot run, for want of something, and what fetches that; none if all is there.

        Nothing is imported and nothing is started to find it out.
        """
        missing = [name for name in self.libraries if self.version(name) is None]
        if missing and self.on_python2:
            return python2.absent() or f"{', '.join(missing)} not installed", python2.FETCH
        if missing:
            return f"{', '.join(missing)} not installed", INSTALL
        needed = self.imports | (cell.imports if cell else set())
        lost = [] if self.on_python2 else sorted(name for name in needed if not _is_there(name))
        if lost:
            return f"{', '.join(lost)} cannot be imported: no such module is here", f"{INSTALL} --again"
        if self.name == "celery" and shutil.which("redis-server") is None:
            return "redis-server is not on PATH", "apt-get install redis-server"
        if self.name in native.MODULES and (why := native.absent(self.name)):
            return why, INSTALL
        return None

    def _cells(self, function):
        from peers import suite  # names only; no library

        for decorator in function.decorator_list:
            if not (isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "cell"):
                continue
            workload, *techniques = [argument.value for argument in decorator.args]
            options = {
                option.arg: ast.literal_eval(option.value) for option in decorator.keywords if option.arg != "load"
            }
            for technique in techniques:
                for case in options.get("cases") or suite.cases(workload):
                    kernel, slow = options.get("kernel", ""), options.get("slow") or {}
                    imports = _imports(ast.walk(function))
                    yield Listed(self, workload, case, technique, function.name, kernel, slow, imports)


def _imports(nodes):
    """The packages of others that statements import."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
    packages = {name.partition(".")[0] for name in names}
    return packages - sys.stdlib_module_names - {"peers"}


def _is_there(package):
    """Whether a package can be found; its own code does not run."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def systems():
    """Every module, in the order of their names."""
    return [System(path) for path in sorted(FOLDER.glob("*.py")) if path.stem != "__init__"]
