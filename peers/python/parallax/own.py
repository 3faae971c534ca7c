"""`parallax.bench`: checks the user's function and data, runs them once, saves them, and starts the harness."""

import functools
import inspect
import json
import os
import re
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from parallax import harness
from parallax.errors import Error, WrongResult
from parallax.same import difference
from parallax.work import FOLDER, Work, copy_of

OPTIONS = "_parallax_options"  # the attribute of a function that keeps the options of its decorator


def workload(function=None, *, name=None, tolerance=None):
    """Marks a function of one item as the work of a bench; the function itself is unchanged.

    `tolerance` is how far a float may differ from that of one thread, relative to the larger, or absolute below 1;
    by default, results must be equal. `name` is its name in the report.
    """
    if function is None:
        return functools.partial(workload, name=name, tolerance=tolerance)
    _ensure_measurable(function)
    setattr(function, OPTIONS, {"name": name, "tolerance": tolerance})
    return function


def bench(function, data, *, name=None, tolerance=None, out=None, **options):
    """Measures `[function(item) for item in data]` by every technique that is installed, and prints the report.

    `data` is a list or an array. Options are those of the harness: `budget="1m"`, `quick=True`, `thorough=True`,
    `workers=4`, `precision="2%"`, `techniques="threads,numba"`, `without="ray"`, `format="json"`. The run is kept in
    the folder `out`, or in `target/parallax` below the current folder.
    """
    if FOLDER in os.environ:
        return Report(None)  # a process that measures imports the function's file, which calls `bench` again
    if find_spec("numpy") is None:
        raise Error("NumPy is not installed, and the processes that measure need it; run `pip install numpy`")
    words = harness.words(options)
    _ensure_measurable(function)
    told = getattr(function, OPTIONS, {})
    name = name or told.get("name") or _name(function)
    tolerance = told.get("tolerance") if tolerance is None else tolerance
    started, data = harness.command(), _items(data)
    right = _one_pass(function, data, name)
    folder = _folder(out)
    work = Work.write(folder, function, data, right, name, tolerance)
    return _report(folder, harness.measure(started, work, ["--out", str(folder), *words]))


def show(run=None, **options):
    """Prints the report of a run again: the one in the folder `run`, or the newest below the current folder."""
    folder = newest() if run is None else Path(run)
    status = harness.show(folder, harness.words(options))
    if status:
        raise Error(f"the harness ended with status {status}; see its message above")
    return Report(folder)


def resume(run=None, words=()):
    """Continues a run that was interrupted, or whose intervals are too wide."""
    folder = newest() if run is None else Path(run)
    work = Work.read(Work.folder_of(folder))
    work.ensure_unchanged()
    return _report(folder, harness.measure(harness.command(), work, ["--resume", str(folder), *words]))


def newest():
    """The folder of the newest run of `parallax.bench` below the current folder."""
    runs = [path.parent for path in harness.runs().glob("*/plan.json") if Work.folder_of(path.parent).exists()]
    if not runs:
        raise Error(f"there is no run in {harness.runs()}; `parallax.bench` makes one")
    return max(runs)


class Report:
    """The results of a run: its folder, and a row for each technique with the figures of the printed table."""

    def __init__(self, folder):
        self.folder = folder

    @functools.cached_property
    def summary(self):
        """The content of `summary.json`; None in a process that measures, which sees no result."""
        return json.loads((self.folder / "summary.json").read_text()) if self.folder else None

    @property
    def rows(self):
        """A dictionary for each technique."""
        return self.summary["cells"] if self.folder else []

    def __repr__(self):
        return f"<parallax.Report {self.folder}>"


def _report(folder, status):
    """The report of a run whose harness ended with `status`; raises an error if it failed."""
    if status == harness.INTERRUPTED:
        raise KeyboardInterrupt
    report = Report(folder)
    if not (folder / "summary.json").exists():
        raise Error(f"nothing was measured: the harness ended with status {status}; see its message above")
    wrong = [row for row in report.rows if (row["reason"] or "").startswith("wrong result")]
    if wrong:
        told = "; ".join(f"{row['technique']}: {row['reason']}" for row in wrong)
        raise WrongResult(told, report)
    if status:
        raise Error(f"the harness ended with status {status}; see its message above; the run is in {folder}")
    return report


def _ensure_measurable(function):
    if not callable(function):
        raise Error(f"a {type(function).__name__} cannot be measured; give a function of one item")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise Error(f"{_name(function)} does not return its result when it is called; give a plain function")
    if hasattr(function, "cache_info"):
        raise Error(
            f"{_name(function)} caches its results, so every pass after the first would measure the cache; "
            f"give the function below, {_name(function)}.__wrapped__"
        )


def _name(function):
    """The function's name, reduced to what the harness accepts."""
    name = getattr(function, "__name__", type(function).__name__)
    return re.sub("[^A-Za-z0-9_]", "", name).lstrip("_") or "function"


def _items(data):
    """The data as a list, or as an array if they are one."""
    kind = type(data).__name__
    if isinstance(data, (str, bytes, dict)) or not (hasattr(data, "__len__") and hasattr(data, "__getitem__")):
        again = "can be read only once" if hasattr(data, "__next__") else "has no items in order"
        raise Error(f"a {kind} {again}; give a list or an array, such as list(data)")
    if not getattr(data, "shape", (1,)) or not len(data):
        raise Error("there are no data to measure on; give at least one item")
    return data if kind == "ndarray" else list(data)


def _one_pass(function, data, name):
    """The results of one thread: the reference for those of every technique."""
    before, results, began = copy_of(data), [], time.perf_counter()
    comparable = before is not None and difference(before, data, None) is None
    for place, item in enumerate(data):
        try:
            results.append(function(item))
        except Exception as error:
            raise Error(f"{name} raised {type(error).__name__} for item {place}: {error}") from error
    took = time.perf_counter() - began
    if all(result is None for result in results):
        raise Error(f"{name} returns None for every item, so no result can be checked; return the result")
    if comparable and (where := difference(before, data, None)):
        raise Error(f"{name} changes the data that it is given ({where}), so passes differ; change a copy")
    print(f"one pass of {name} over {len(data)} items takes {_seconds(took)} in one thread", file=sys.stderr)
    return results


def _seconds(took):
    return f"{took:.3g} s" if took >= 1 else f"{1e3 * took:.3g} ms"


def _folder(out):
    """The folder of a new run."""
    folder = Path(out) if out else harness.runs() / time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    folder = folder.absolute()
    if (folder / "plan.json").exists() or Work.folder_of(folder).exists():
        raise Error(f"{folder} already holds a run; give another out=")
    return folder
