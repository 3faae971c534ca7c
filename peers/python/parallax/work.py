"""The measured work in a folder: the function, its data and the right results, for any process to read."""

import hashlib
import importlib
import inspect
import io
import json
import pickle
import sys
import sysconfig
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from parallax.errors import Error

FOLDER = "PARALLAX_OWN"  # the variable that names the folder to all processes that measure
SPEC = "work.json"


class Work:
    """A function, its data and the results of one thread. Each is read when it is first needed."""

    def __init__(self, folder, spec):
        self.folder, self.name, self.tolerance, self.path = Path(folder), spec["name"], spec["tolerance"], spec["path"]
        self.main, self.source, self.spec = spec["main"], spec["source"], spec

    @staticmethod
    def folder_of(run):
        """The folder in which a run keeps its work."""
        return Path(run) / "work"

    @classmethod
    def read(cls, folder):
        """The work that is kept in a folder."""
        file = Path(folder) / SPEC
        if not file.exists():
            raise Error(f"{Path(folder).parent} is not a run of `parallax.bench`; give a run's folder")
        return cls(folder, json.loads(file.read_text()))

    @classmethod
    def write(cls, run, function, data, right, name, tolerance):
        """Keeps the work in a new run's folder."""
        main = Main()
        parts = {"function": main.dumps(function, name)}
        parts["data"] = main.dumps(data, "the data", each=True)
        parts["right"] = main.dumps(right, f"the results of {name}", each=True)
        source = _source(function)
        spec = {"name": name, "tolerance": tolerance, "path": _path(), "source": source and str(source)}
        spec["main"] = main.needed and {"module": main.module, "file": str(main.file)}
        files = {file for file in (source, main.needed and main.file) if file}
        spec["digests"] = {str(file): _digest(file.read_bytes()) for file in sorted(files)}
        spec["parts"] = {part: _digest(payload) for part, payload in parts.items()}
        folder = cls.folder_of(run)
        folder.mkdir(parents=True)
        for part, payload in parts.items():
            (folder / part).write_bytes(payload)
        (folder / SPEC).write_text(json.dumps(spec, indent=2))
        return cls(folder, spec)

    def ensure_unchanged(self):
        """Raises an error if a file of the function has changed."""
        for file, digest in self.spec["digests"].items():
            if not Path(file).exists() or _digest(Path(file).read_bytes()) != digest:
                raise Error(f"{file} has changed since this run began; start a new one")

    @cached_property
    def function(self):
        """The function."""
        return self._load("function")

    @cached_property
    def data(self):
        """Its data: a list, or an array."""
        return self._load("data")

    @cached_property
    def right(self):
        """The results of one thread."""
        return self._load("right")

    def _load(self, part):
        return _Loader(io.BytesIO((self.folder / part).read_bytes()), self.main).load()


class Main:
    """The script that the user started, and the name by which another process imports it."""

    def __init__(self):
        main = sys.modules["__main__"]
        spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
        self.file = Path(file).absolute() if file and Path(file).exists() else None
        self.module = spec.name if spec else self.file and self.file.stem
        self.needed = False

    def dumps(self, thing, what, each=False):
        """Pickles `thing`; code that no other process can import is pickled by value."""
        try:
            payload = pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            return _by_value(thing, f"{what} cannot be pickled{_culprit(thing, each)}: {error}")
        if b"__main__" not in payload:
            return payload
        if self.file is None:
            return _by_value(thing, f"{what} is defined in a notebook or at the prompt, where no other process finds it")
        self.ensure_importable()
        self.needed = True
        return payload

    def ensure_importable(self):
        """Raises an error if the file's name imports another module."""
        try:
            found = find_spec(self.module)
        except (ImportError, ValueError):
            found = None
        origin = found.origin if found else None
        if not origin or Path(origin).absolute() != self.file:
            where = f"the name imports {origin}" if origin else "no module has that name"
            raise Error(f"{self.file} cannot be imported as '{self.module}' by other processes: {where}; rename it")


class _Loader(pickle.Unpickler):
    """Unpickles objects of the user's `__main__` from the module that another process can import."""

    def __init__(self, file, main):
        super().__init__(file)
        self.main = main

    def find_class(self, module, name):
        if module == "__main__" and self.main:
            module = self.main["module"]
            importlib.import_module(module)
        return super().find_class(module, name)


def copy_of(thing):
    """A copy, as another process gets it; None if it cannot be pickled."""
    try:
        return pickle.loads(pickle.dumps(thing, pickle.HIGHEST_PROTOCOL))
    except Exception:
        return None


def _by_value(thing, why):
    """Pickles the code itself, with cloudpickle."""
    try:
        import cloudpickle
    except ImportError:
        way = "put it into a file, at its top level, and import it from there; or `pip install cloudpickle`"
        raise Error(f"{why}; {way}") from None
    try:
        return cloudpickle.dumps(thing)
    except Exception as error:
        raise Error(f"{why}; cloudpickle cannot either: {error}") from error


def _culprit(thing, each):
    """The item that cannot be pickled, as text."""
    for place, item in enumerate(thing if each else ()):
        if copy_of([item]) is None:
            return f", because of item {place}, a {type(item).__name__}"
    return ""


def _source(function):
    """The file that defines the function; None if there is none."""
    code = getattr(inspect.unwrap(getattr(function, "py_func", function)), "__code__", None)
    file = code and Path(code.co_filename).absolute()
    return file if file and file.exists() else None


def _path():
    """The folders from which this process imports, except those that every Python has."""
    usual = {str(Path(path)) for path in sysconfig.get_paths().values()}
    usual |= {str(Path(path) / "lib-dynload") for path in usual}
    folders = [str(Path(path or ".").absolute()) for path in sys.path if Path(path or ".").is_dir()]
    code = str(Path(__file__).absolute().parents[1])
    return [folder for folder in dict.fromkeys([*folders, code]) if folder not in usual]


def _digest(payload):
    return hashlib.sha256(payload).hexdigest()
