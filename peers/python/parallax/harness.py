"""Finds the harness, the Rust program that plans, judges and reports; starts it with the user's options and waits."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from parallax.errors import Error
from parallax.work import FOLDER, SPEC, Work

PROGRAM = "PARALLAX_XTASK"  # the variable that names a built harness
INTERRUPTED = 130
CHECKOUT = Path(__file__).resolve().parents[3]

# The options of a caller, and those of the harness.
FLAGS = {"quick": "--quick", "thorough": "--thorough", "wide": "--wide"}
VALUES = {"budget": "--budget", "precision": "--precision", "workers": "--workers", "limit": "--limit"}
VALUES |= {"start_limit": "--start-limit", "seed": "--seed", "format": "--format"}
VALUES |= {"techniques": "--technique", "without": "--not-technique"}


def words(options):
    """The options of a call as words of a command line."""
    told = []
    for name, value in options.items():
        if name in FLAGS:
            told += [FLAGS[name]] if value else []
        elif name in VALUES:
            values = value if isinstance(value, (list, tuple)) else [value]
            told.append(f"{VALUES[name]}={','.join(map(str, values))}")
        else:
            raise TypeError(f"there is no option '{name}'; take one of {', '.join(sorted({**FLAGS, **VALUES}))}")
    return told


def command():
    """The command that starts the harness: the program that is named, or the one that cargo builds from the checkout."""
    if named := os.environ.get(PROGRAM):
        if not os.access(named, os.X_OK):
            raise Error(f"{PROGRAM} names {named}, which is not an executable program")
        return [named]
    if not (CHECKOUT / "xtask/Cargo.toml").exists():
        raise Error(f"this package is used from a checkout of Parallax; elsewhere, name a built harness by {PROGRAM}")
    if cargo := shutil.which("cargo"):
        manifest = f"--manifest-path={CHECKOUT / 'Cargo.toml'}"
        return [cargo, "run", "--quiet", "--release", manifest, "--package=xtask", "--"]
    raise Error(f"cargo is not on PATH; https://rustup.rs installs it; or name a built harness by {PROGRAM}")


def runs():
    """The folder of runs, below the current folder."""
    return Path("target/parallax").absolute()


def measure(started, work, told):
    """Measures the work in a run's folder; returns the harness's status. If no run began, it leaves nothing behind."""
    run = work.folder.parent
    worker = [sys.executable, "-m", "parallax.worker", str(work.folder / SPEC)]
    environment = os.environ | {FOLDER: str(work.folder), "PYTHONPATH": os.pathsep.join(work.path)}
    try:
        return _run([*started, "own", f"--name={work.name}", *_again(), *told, "--", *worker], environment)
    finally:
        if not (run / "plan.json").exists():
            shutil.rmtree(work.folder)
            with contextlib.suppress(OSError):
                run.rmdir()


def show(run, told):
    """Prints a run again; returns the harness's status."""
    work = Work.read(Work.folder_of(run))
    return _run([*command(), "own", f"--name={work.name}", *_again(), f"--show={run}", *told], os.environ)


def _again():
    return ["--again", "python -m parallax"]


def _run(words, environment):
    """Runs the harness until it ends by itself: at Ctrl-C it stops and reports what it has measured so far."""
    own = sys.stdout is not sys.__stdout__  # in a notebook, say, where the output of a child goes elsewhere
    child = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE if own else None, text=True)
    with child, _forwarded(child):
        if own:
            for line in child.stdout:
                sys.stdout.write(line)
    return child.returncode


@contextlib.contextmanager
def _forwarded(child):
    """Forwards Ctrl-C to the harness, so that this process does not end before it. A terminal sends it to both."""
    is_told_anyway = _is_in_foreground()

    def forward(*_):
        if not is_told_anyway and child.poll() is None:
            child.send_signal(signal.SIGINT)

    try:
        before = signal.signal(signal.SIGINT, forward)
    except ValueError:  # not the main thread, and only that one gets signals
        yield
        return
    try:
        yield
    finally:
        child.wait()
        signal.signal(signal.SIGINT, before)


def _is_in_foreground():
    """Whether a terminal sends its Ctrl-C to this process, and so to its children as well."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
