"""The program that plans, judges and reports: found, started with what the user asks for, and waited for."""

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

# What a caller may ask for, and the option of the harness that says it.
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
    """The words that start the harness: a program that is named, or what cargo builds of the checkout."""
    if named := os.environ.get(PROGRAM):
        if not os.access(named, os.X_OK):
            raise Error(f"{PROGRAM} names {named}, which is no program")
        return [named]
    if not (CHECKOUT / "xtask/Cargo.toml").exists():
        raise Error(f"this package is used from a checkout of Parallax; elsewhere, name a built harness by {PROGRAM}")
    if cargo := shutil.which("cargo"):
        manifest = f"--manifest-path={CHECKOUT / 'Cargo.toml'}"
        return [cargo, "run", "--quiet", "--release", manifest, "--package=xtask", "--"]
    raise Error(f"cargo is not on PATH; https://rustup.rs installs it; or name a built harness by {PROGRAM}")


def runs():
    """Where runs are kept: below the folder that the user is in."""
    return Path("target/parallax").absolute()


def measure(started, work, told):
    """Measures the work in a run's folder; returns the harness's status. Nothing is left where no run began."""
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
    """Runs the harness until it has ended by itself: Ctrl-C asks it to, and it says what it has found so far."""
    own = sys.stdout is not sys.__stdout__  # a notebook's, say: what a program prints goes elsewhere
    child = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE if own else None, text=True)
    with child, _forwarded(child):
        if own:
            for line in child.stdout:
                sys.stdout.write(line)
    return child.returncode


@contextlib.contextmanager
def _forwarded(child):
    """Ctrl-C goes to the harness and does not end this process before it. A terminal sends it to both."""
    is_told_anyway = _is_in_foreground()

    def forward(*_):
        if not is_told_anyway and child.poll() is None:
            child.send_signal(signal.SIGINT)

    try:
        before = signal.signal(signal.SIGINT, forward)
    except ValueError:  # not the main thread, which is the one that hears of it
        yield
        return
    try:
        yield
    finally:
        child.wait()
        signal.signal(signal.SIGINT, before)


def _is_in_foreground():
    """Whether a terminal sends its Ctrl-C to this process, and so to all that it has started."""
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
