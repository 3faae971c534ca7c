"""The cells of a system: a decorated function for each cell, read from the source without importing it.

    TECHNIQUES = {"numpy": {"idea": "...", "gives": "...", "costs": "...", "cores": "one"}}

    @cell("julia", "numpy")
    def julia(work, workers):
        return ...

The function is timed: it takes the workload's input and the value that the technique's `@start` yields (without a
`@start`: the number of workers), and returns the whole result. `load=` names a function that converts the input
before the clock starts.
"""

import ast
import os
import shutil
import sys
from collections import namedtuple
from contextlib import contextmanager
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

from peers import interpreters, native, python2

INSTALL = "cargo xtask peers install"

# What a system needs in addition to its libraries: the optional part, its program, and the package with the program.
REDIS = ("redis", "redis-server", "redis-server")
PROGRAMS = {"celery": REDIS, "mpi4py": ("mpi", "mpirun", "openmpi-bin"), "redis": REDIS}

# A cell as its module's source describes it.
Cell = namedtuple("Cell", "system workload case technique function kernel slow algorithm alone imports")

# A cell after its module was imported.
Runnable = namedtuple("Runnable", "function load")

# The constants of a module that are read from its source. PYTHON is set if it needs another Python than ours: 2, or a
# kind of `interpreters`.
CONSTANTS = ("TECHNIQUES", "LIBRARIES", "PYTHON")

FOLDER = Path(__file__).parent / "systems"

_CELLS, _STARTS = {}, {}


def cell(workload, *techniques, load=None, cases=None, slow=None, kernel="", algorithm="", alone=""):
    """Marks a function that solves a workload with the techniques; `slow` names the sizes that would take too long.

    `algorithm` names another algorithm than the suite's, or the policy of a cache: only cells with the same one are
    compared. `alone` names the technique that runs the same body on one core without a scheduler, if that is Python's
    and not the baseline: efficiencies are relative to it.
    """

    def register(function):
        _CELLS[function.__module__, function.__name__] = Runnable(function, load)
        return function

    return register


def start(*techniques):
    """Marks a generator that starts what the techniques need, yields it once, and stops it afterwards."""

    def register(function):
        _STARTS.update({technique: contextmanager(function) for technique in techniques})
        return function

    return register


def runnable(cell):
    """The function of a cell; imports its module."""
    import_module(cell.system.module)
    return _CELLS[cell.system.module, cell.function]


def started(technique, workers):
    """A context that starts the resource of a technique, and stops it at the end."""
    return _STARTS.get(technique, _nothing_to_start)(workers)


@contextmanager
def _nothing_to_start(workers):
    yield workers


class System:
    """A module of `systems`, or of another package, as its source describes it."""

    def __init__(self, path, package="peers.systems"):
        self.name = path.stem.rstrip("_")
        self.module = f"{package}.{path.stem}"
        self.source = f"peers/python/{package.replace('.', '/')}/{path.name}"
        tree = ast.parse(path.read_text())
        self.about = ast.get_docstring(tree).splitlines()[0]
        constants = {}
        for node in tree.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in CONSTANTS:
                constants[node.targets[0].id] = ast.literal_eval(node.value)
        self.techniques = constants["TECHNIQUES"]
        self.libraries = constants["LIBRARIES"]
        self.python = constants.get("PYTHON")
        self.imports = _imports(tree.body)
        self.cells = [cell for node in tree.body if isinstance(node, ast.FunctionDef) for cell in self._cells(node)]

    def version(self, library):
        """The version of a library, or of `python`, on the Python of this system; None if it is not installed."""
        if self.python == 2:
            return python2.version(library)
        if self.python and library == "python":
            return interpreters.version(self.python)
        if library == "python":
            return sys.version.split()[0]
        try:
            return metadata.version(library)
        except metadata.PackageNotFoundError:
            return None

    def absent(self, cell=None):
        """Why the system, or one cell of it, cannot run here, and the command that helps; None if it can run.

        This imports nothing. It starts at most another interpreter, to get its version.
        """
        missing = [name for name in self.libraries if self.version(name) is None]
        if missing and self.python in interpreters.KINDS:
            return interpreters.absent(self.python)
        if missing and self.python == 2:
            return python2.absent() or f"{', '.join(missing)} not installed", python2.FETCH
        if missing:
            return f"{', '.join(missing)} not installed", INSTALL
        needed = self.imports | (cell.imports if cell else set())
        unknown = [] if self.python == 2 else sorted(name for name in needed if not _is_importable(name))
        if unknown:
            return f"{', '.join(unknown)} cannot be imported: the module is not installed", f"{INSTALL} --again"
        if self.name in PROGRAMS:
            part, program, package = PROGRAMS[self.name]
            if is_hidden(part) or shutil.which(program) is None:
                return f"{program} is not on PATH", f"apt-get install {package}"
        if self.name in native.MODULES and (why := native.absent(self.name)):
            return why, INSTALL
        return None

    def _cells(self, function):
        from peers import suite  # names only, no library

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
                    algorithm, alone = options.get("algorithm", ""), options.get("alone", "")
                    imports = _imports(ast.walk(function))
                    yield Cell(self, workload, case, technique, function.name, kernel, slow, algorithm, alone, imports)


def _imports(nodes):
    """The third-party packages that the statements import."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
    packages = {name.partition(".")[0] for name in names}
    return packages - sys.stdlib_module_names - {"peers"}


def is_hidden(part):
    """Whether an optional part is treated as absent, even if it is installed."""
    return part in map(str.strip, os.environ.get("PARALLAX_HIDE", "").split(","))


def _is_importable(package):
    """Whether a package can be found; its code is not run."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def systems():
    """All systems, in the order of their names."""
    return [System(path) for path in sorted(FOLDER.glob("*.py")) if path.stem != "__init__"]
