"""The worker of all Python peers: `python -m peers.worker [SYSTEM] --channel 3,4`, or `run CELL` for one by hand.

It speaks the protocol of the Rust runner. A process runs the cells of one system: asked for another system, it
becomes a fresh process by `exec`, so that runtimes, their threads and their settings do not meet. Nothing is
imported to list the cells, so a system that is not installed costs its own rows only.
"""

import contextlib
import functools
import json
import multiprocessing
import os
import sys
import time
import traceback
from pathlib import Path

from peers import cells, run_cell

PROTOCOL = 1


def main(arguments):
    """Answers requests until there are no more."""
    # semaphores that outlive a process that is killed are found by their names, as other scratch is
    multiprocessing.current_process()._config["semprefix"] = f"/parallax-{os.getpid()}-"
    if "run" in arguments:
        sys.exit(run_cell.run(arguments, Session))
    options, names = _options(arguments)
    known = cells.systems()
    if names:
        known = [system for system in known if system.name in names]
    if not known:
        sys.exit(f"no such system: {', '.join(names)}; there are {', '.join(s.name for s in cells.systems())}")
    read, write = (int(descriptor) for descriptor in options["--channel"].split(","))
    for descriptor in (read, write):
        os.set_inheritable(descriptor, False)  # who starts processes does not hand the channel on
    session = Session(known, options.get("--driver"), (read, write), arguments)
    pending = [options["--request"]] if "--request" in options else []
    with os.fdopen(read, "rb") as requests, os.fdopen(write, "wb") as replies, session:
        while line := pending.pop() if pending else requests.readline():
            began = time.monotonic_ns()
            request = json.loads(line)
            reply = session.reply(request, line)
            stamped = {"began_ns": began, "ended_ns": time.monotonic_ns(), **reply}
            replies.write(json.dumps(stamped).encode() + b"\n")
            replies.flush()
            if request["do"] == "shutdown":
                break


class Session:
    """What one process has loaded."""

    def __init__(self, systems, driver, channel, arguments):
        self.systems, self.driver, self.channel, self.arguments = systems, driver, channel, arguments
        self.loaded, self.resource = None, None
        self.started, self.given = contextlib.ExitStack(), contextlib.ExitStack()
        self.bound = os.environ.get("PARALLAX_PEER")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Ends what was started, the last first."""
        self.loaded = self.resource = None
        self.given.close()
        self.started.close()

    def reply(self, request, line):
        """The answer, or a refusal: whatever a library throws costs its own cell only."""
        try:
            return self.answer(request, line)
        except Exception as error:
            return _refusal(error)

    def answer(self, request, line):
        if request["do"] == "prepare":
            return self.prepare(request, line)
        return getattr(self, request["do"], self.unknown)(request)

    def unknown(self, request):
        return {"reply": "error", "message": f"cannot {request['do']}"}

    def hello(self, _):
        return {"reply": "hello", "protocol": PROTOCOL, "family": "python", "isa": "cpython"}

    def shutdown(self, _):
        self.end()
        return {"reply": "bye"}

    def list(self, _):
        """Says of each cell whether it can run here too: many a system takes longer to start than to be looked at."""
        return {"reply": "cells", "cells": [told for system in self.systems for told in _describe(system)]}

    def probe(self, _):
        """The same pieces as the Rust probe's, and no figure to hold against it: another language's."""
        from peers.suite import random

        compute = min(_timed(lambda: random.spin1(1, 20_000)) for _ in range(3))
        block = bytearray(16 << 20)
        return {"reply": "probed", "compute_ns": compute, "memory_ns": min(_timed(lambda: bytes(block)) for _ in range(3))}

    def prepare(self, wanted, line):
        cell = self.find(wanted)
        if why := _missing(cell):
            return _refused("unavailable", why)
        if wanted["size"] in cell.slow:
            reason = f"takes {cell.slow[wanted['size']]} at {wanted['size']}; take a smaller --size"
            return _refused("unavailable", reason)
        card = cell.system.techniques[cell.technique]
        self.bind(cell, card, wanted, line)
        self.loaded = None
        self.given.close()  # what was loaded before makes room first
        return self.load(cell, card, wanted)

    def bind(self, cell, card, wanted, line):
        """Makes this process one of the cell's technique: with its settings, and nothing else in it."""
        identity = f"{cell.technique} {wanted['workers']}"
        if self.bound == identity:
            return
        self.end()
        workers = wanted["workers"] if card["cores"] == "workers" else 1
        environment = unset() | {"PARALLAX_PEER": identity} | limits(workers)
        own = card.get("environment", {})
        environment |= own | {BEFORE: json.dumps({name: environment.get(name) for name in own})}
        arguments = list(self.arguments)
        if "--request" in arguments:
            at = arguments.index("--request")
            del arguments[at : at + 2]
        text = line.decode() if isinstance(line, bytes) else line
        for descriptor in self.channel:
            os.set_inheritable(descriptor, True)
        again = [sys.executable, "-m", "peers.worker", *arguments, "--request", text.strip()]
        os.execve(sys.executable, again, environment)

    def load(self, cell, card, wanted):
        from peers import suite

        if set(cell.system.libraries) <= {"python"} and "numpy" not in cell.system.imports | cell.imports:
            import peers.measure  # noqa: F401  it brings numpy, which is the harness's here and no cost of the technique

        began = time.monotonic_ns()  # imports are part of what it takes to start
        from peers.measure import Loaded

        workers = wanted["workers"] if card["cores"] == "workers" else 1
        _keep_to(workers)
        runnable = cells.runnable(cell)
        if self.resource is None:
            self.resource = self.started.enter_context(cells.started(cell.technique, workers))
        start_ns = time.monotonic_ns() - began
        resource, idle_rate = self.resource, _idle_rate() if card.get("daemons") else None
        began = time.monotonic_ns()
        work = suite.make(cell.workload, cell.case, wanted["size"], wanted["variant"], wanted.get("turns"))
        work.driver, work.run = self.driver, runnable.function
        given = runnable.load(work, resource) if runnable.load else work
        if hasattr(given, "__enter__"):
            given = self.given.enter_context(given)
        load_ns = time.monotonic_ns() - began
        self.loaded = Loaded(work, runnable.function, given, resource, idle_rate, start_ns + load_ns)
        isa = card.get("isa", "cpython")
        ready = {"reply": "ready", "start_ns": start_ns, "load_ns": load_ns, "isa": isa, "cores": workers}
        return ready | {"exact": work.EXACT, "facts": work.facts()}

    def find(self, wanted):
        name = (wanted["workload"], wanted.get("case", ""), wanted["technique"])
        for system in self.systems:
            for cell in system.cells:
                if (cell.workload, cell.case, cell.technique) == name:
                    return cell
        raise LookupError(f"this worker has no cell {name[0]}/{name[2]}")

    def measure(self, plan):
        from peers.measure import measure

        if self.loaded is None:
            return {"reply": "error", "message": "nothing is prepared"}
        return measure(self.loaded, plan)


BEFORE = "PARALLAX_PEER_BEFORE"


def unset():
    """The environment without what the technique before this one had set for itself."""
    environment = dict(os.environ)
    for name, value in json.loads(environment.pop(BEFORE, "{}")).items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value
    return environment


def limits(workers):
    """What libraries read, when they are imported, to decide how many threads to start."""
    names = ("BLIS", "MKL", "NUMBA", "NUMEXPR", "OMP", "OPENBLAS", "RAYON", "VECLIB")
    counts = {f"{name}_NUM_THREADS": str(workers) for name in names}
    return counts | {
        "NUMEXPR_MAX_THREADS": str(workers),
        "OMP_WAIT_POLICY": "passive",  # threads that spin after their work look like a leak
        "OPENBLAS_THREAD_TIMEOUT": "4",
    }


def _keep_to(workers):
    """Keeps this process, and those that it starts, to as many cores as it declares, where there are more."""
    allowed = sorted(os.sched_getaffinity(0))
    if 1 < workers < len(allowed):
        os.sched_setaffinity(0, allowed[:workers])


def _idle_rate():
    """How many cores the processes of this technique keep busy while nothing is asked of them."""
    from peers import usage

    time.sleep(0.3)  # what follows a start
    cpu, own, began = usage.tree_cpu_ns(), time.thread_time_ns(), time.monotonic_ns()
    time.sleep(0.3)
    own = time.thread_time_ns() - own
    return max(0.0, (usage.tree_cpu_ns() - cpu - own) / (time.monotonic_ns() - began))


def _describe(system):
    """The cells of a system, with what is known of them before anything is imported."""
    from peers import suite

    libraries = {name: system.version(name) for name in ("python", *system.libraries)}
    for cell in system.cells:
        card, why = system.techniques[cell.technique], _missing(cell)
        yield {
            "workload": cell.workload,
            "case": cell.case,
            "technique": cell.technique,
            "question": suite.QUESTIONS.get(cell.workload, "execute"),
            "pattern": suite.PATTERNS[cell.workload],
            "idea": card["idea"],
            "gives": card["gives"],
            "costs": card["costs"],
            "source": system.source,
            "implementor": "",
            "method": cell.function,
            "kernel": cell.kernel.partition(":")[0] and "peers/python/peers/" + cell.kernel.partition(":")[0],
            "input": cell.kernel.partition(":")[2],
            "libraries": libraries,
            "known": {"status": "unavailable", "reason": why} if why else {"status": "ready"},
        }


def _missing(cell):
    """What a cell lacks here and how to get it, in words; none if nothing."""
    if absent := cell.system.absent(cell):
        why, fetch = absent
        return f"{why}; run `{fetch}`"
    wanted = cell.system.techniques[cell.technique].get("instructions")
    if wanted and wanted not in _instructions():
        return f"it needs {wanted.upper()}, which this processor lacks"
    return None


@functools.cache
def _instructions():
    """The instruction sets of this processor, as Linux names them."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((set(line.split()) for line in lines if line.startswith(("flags", "Features"))), set())


def _refusal(error):
    """What a library threw, as the protocol tells it."""
    kind = type(error).__name__
    status = "unavailable" if kind in ("Unavailable", "LookupError", "ImportError") else "failed"
    if kind == "Mismatch":
        return _refused("failed", f"wrong result: {error}")
    if kind != "Unavailable":
        traceback.print_exception(error)
    return _refused(status, str(error) if kind in ("Unavailable", "LookupError") else f"{kind}: {error}")


def _refused(status, reason):
    return {"reply": "refused", "status": status, "reason": reason}


def _timed(work):
    began = time.perf_counter_ns()
    work()
    return time.perf_counter_ns() - began


def _options(arguments):
    options, names, rest = {}, [], iter(arguments)
    for argument in rest:
        if argument.startswith("--"):
            options[argument] = next(rest, "")
        else:
            names.append(argument)
    if "--channel" not in options:
        sys.exit("usage: python -m peers.worker [SYSTEM…] [--driver PROGRAM] --channel READ,WRITE")
    return options, names


if __name__ == "__main__":
    main(sys.argv[1:])
