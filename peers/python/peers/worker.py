"""The worker of all Python peers: `python -m peers.worker [SYSTEM] --channel 3,4`, or `run CELL` for one cell.

It speaks the protocol of the Rust runner. A process runs the cells of one technique: for another technique, it
replaces itself by a fresh process with `exec`, so that runtimes, their threads and their settings never mix. Listing
the cells imports nothing, so if a system is not installed, only its own cells are skipped, with the reason.
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

from peers import BEGAN_NS, cells, run_cell, usage
from peers.settings import PREVIOUS, pin_to_cores, previous_environment, thread_limits

PROTOCOL = 1
REPLACED = "PARALLAX_REPLACED_NS"  # when the process before this one replaced itself by it


def main(arguments):
    """Serves requests until there are no more, or runs one cell and exits."""
    name_semaphores()
    if "run" in arguments:
        sys.exit(run_cell.run(arguments, Session))
    options, names = _options(arguments)
    known = cells.systems()
    if names:
        known = [system for system in known if system.name in names]
    if not known:
        sys.exit(f"unknown system: {', '.join(names)}; take one of {', '.join(s.name for s in cells.systems())}")
    serve(lambda channel: Session(known, options.get("--driver"), channel, arguments), options)


def name_semaphores():
    """Sets a prefix by which the semaphores of a killed process are found, like its scratch folders."""
    multiprocessing.current_process()._config["semprefix"] = f"/parallax-{os.getpid()}-"


def serve(begin, options):
    """Serves the requests of the channel that the options name, in the session that `begin` makes for it."""
    read, write = (int(descriptor) for descriptor in options["--channel"].split(","))
    for descriptor in (read, write):
        os.set_inheritable(descriptor, False)  # child processes do not inherit the channel
    session = begin((read, write))
    pending = [options["--request"]] if "--request" in options else []
    with os.fdopen(read, "rb") as requests, os.fdopen(write, "wb") as replies, session:
        while line := pending.pop() if pending else requests.readline():
            began = time.monotonic_ns()
            request = json.loads(line)
            reply = session.reply(request, line)
            timed = {"began_ns": began, "ended_ns": time.monotonic_ns(), **reply}
            replies.write(json.dumps(timed).encode() + b"\n")
            replies.flush()
            if request["do"] == "shutdown":
                break


class Session:
    """The technique that this process has started and the input that it has loaded."""

    MODULE = "peers.worker"  # the program that replaces this process for another technique

    def __init__(self, systems, driver, channel, arguments):
        self.systems, self.driver, self.channel, self.arguments = systems, driver, channel, arguments
        self.loaded, self.resource = None, None
        self.started, self.inputs = contextlib.ExitStack(), contextlib.ExitStack()
        self.identity = os.environ.get("PARALLAX_PEER")
        self.spawn_ns = BEGAN_NS - int(os.environ.get(REPLACED, BEGAN_NS)) or None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Stops everything that was started, in reverse order."""
        self.loaded = self.resource = None
        self.inputs.close()
        self.started.close()

    def reply(self, request, line):
        """The reply, or a refusal: an exception in a library fails only the cell that raised it."""
        try:
            return self.answer(request, line)
        except Exception as error:
            return _refusal(error)

    def answer(self, request, line):
        if request["do"] == "prepare":
            return self.prepare(request, line)
        return getattr(self, request["do"], self.unknown)(request)

    def unknown(self, request):
        return {"reply": "error", "message": f"unknown request '{request['do']}'"}

    def hello(self, _):
        return {"reply": "hello", "protocol": PROTOCOL, "family": "python", "isa": "cpython"}

    def shutdown(self, _):
        self.end()
        return {"reply": "bye"}

    def list(self, _):
        """The cells, and whether each can run here, which is tested without starting its system."""
        return {"reply": "cells", "cells": [cell for system in self.systems for cell in self.describe(system)]}

    def probe(self, _):
        """The same two pieces of work as in the Rust probe; the figures are not comparable between languages."""
        from peers.suite import random

        compute = min(_timed(lambda: random.spin1(1, 20_000)) for _ in range(3))
        block = bytearray(16 << 20)
        memory = min(_timed(lambda: bytes(block)) for _ in range(3))
        return {"reply": "probed", "compute_ns": compute, "memory_ns": memory}

    def prepare(self, wanted, line):
        cell = self.find(wanted)
        if reason := _missing(cell):
            return _refused("unavailable", reason)
        if wanted["size"] in cell.slow:
            reason = f"takes {cell.slow[wanted['size']]} at {wanted['size']}; take a smaller --size"
            return _refused("unavailable", reason)
        card = cell.system.techniques[cell.technique]
        self.become(cell, card, wanted, line)
        self.loaded = None
        self.inputs.close()  # free the previous input first
        return self.load(cell, card, wanted)

    def become(self, cell, card, wanted, line):
        """Replaces this process by a fresh one with the settings of the cell's technique, unless it has these."""
        identity = f"{cell.technique} {wanted['workers']}"
        if self.identity == identity:
            return
        self.end()
        workers = wanted["workers"] if card["cores"] == "workers" else 1
        identified = {"PARALLAX_PEER": identity, REPLACED: str(time.monotonic_ns())}
        environment = previous_environment() | identified | thread_limits(workers)
        own = card.get("environment", {})
        environment |= own | {PREVIOUS: json.dumps({name: environment.get(name) for name in own})}
        arguments = list(self.arguments)
        if "--request" in arguments:
            at = arguments.index("--request")
            del arguments[at : at + 2]
        text = line.decode() if isinstance(line, bytes) else line
        for descriptor in self.channel:
            os.set_inheritable(descriptor, True)
        command = [sys.executable, "-m", self.MODULE, *arguments, "--request", text.strip()]
        os.execve(sys.executable, command, environment)

    def load(self, cell, card, wanted):
        if set(cell.system.libraries) <= {"python"} and "numpy" not in cell.system.imports | cell.imports:
            import peers.measure  # noqa: F401  numpy is here the harness's, not the technique's: import it untimed

        began = time.monotonic_ns()  # imports are part of the start
        from peers.measure import Loaded

        workers = wanted["workers"] if card["cores"] == "workers" else 1
        pin_to_cores(workers)
        runnable = cells.runnable(cell)
        import_ns = time.monotonic_ns() - began
        if self.resource is None:
            self.resource = self.started.enter_context(cells.started(cell.technique, workers))
        start_ns = time.monotonic_ns() - began
        resource, idle = self.resource, usage.idle_rate() if card.get("daemons") else None
        began = time.monotonic_ns()
        work = self.make(cell, wanted)
        work.driver, work.run = self.driver, runnable.function
        data = runnable.load(work, resource) if runnable.load else work
        if hasattr(data, "__enter__"):
            data = self.inputs.enter_context(data)
        load_ns = time.monotonic_ns() - began
        self.loaded = Loaded(work, runnable.function, data, resource, idle, start_ns + load_ns)
        compile_ns = round(1e6 * work.extra_metrics.get("compile_ms", 0)) or None
        isa = card.get("isa", "cpython")
        ready = {"reply": "ready", "start_ns": start_ns, "load_ns": load_ns, "isa": isa, "cores": workers}
        ready |= {"spawn_ns": self.spawn_ns, "import_ns": import_ns, "compile_ns": compile_ns}
        return ready | {"exact": work.EXACT, "facts": work.facts()}

    def make(self, cell, wanted):
        """The input of a cell."""
        from peers import suite

        resized = {name: wanted.get(name) for name in ("turns", "units", "answer")}
        return suite.make(cell.workload, cell.case, wanted["size"], wanted["variant"], **resized)

    def pattern(self, cell):
        """The pattern of a cell's case."""
        from peers import suite

        return suite.pattern(cell.workload, cell.case)

    def find(self, wanted):
        name = (wanted["workload"], wanted.get("case", ""), wanted["technique"])
        for system in self.systems:
            for cell in system.cells:
                if (cell.workload, cell.case, cell.technique) == name:
                    return cell
        raise LookupError(f"this worker has no cell {name[0]}/{name[2]}")

    def describe(self, system):
        """The cells of a system, with the facts that need no import."""
        from peers import suite

        libraries = {name: system.version(name) for name in ("python", *system.libraries)}
        for cell in system.cells:
            card, reason = system.techniques[cell.technique], _missing(cell)
            yield {
                "workload": cell.workload,
                "case": cell.case,
                "technique": cell.technique,
                "question": suite.QUESTIONS.get(cell.workload, "execute"),
                "pattern": self.pattern(cell),
                "idea": card["idea"],
                "gives": card["gives"],
                "costs": card["costs"],
                "source": system.source,
                "implementor": "",
                "method": cell.function,
                "kernel": cell.kernel.partition(":")[0] and "peers/python/peers/" + cell.kernel.partition(":")[0],
                "input": cell.kernel.partition(":")[2],
                "algorithm": cell.algorithm,
                "alone": cell.alone,
                "libraries": libraries,
                "known": {"status": "unavailable", "reason": reason} if reason else {"status": "ready"},
            }

    def measure(self, plan):
        from peers.measure import measure

        if self.loaded is None:
            return {"reply": "error", "message": "no cell is prepared"}
        return measure(self.loaded, plan)

    def sustain(self, plan):
        from peers.sustain import sustain

        if self.loaded is None:
            return {"reply": "error", "message": "no cell is prepared"}
        return sustain(self.loaded, plan)

    def heap(self, _):
        from peers.heap import heap

        if self.loaded is None:
            return {"reply": "error", "message": "no cell is prepared"}
        return heap(self.loaded)


def _missing(cell):
    """What a cell needs that is missing here, and how to get it; None if nothing is missing."""
    if absent := cell.system.absent(cell):
        reason, command = absent
        return f"{reason}; run `{command}`"
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
    """An exception as a reply of the protocol."""
    kind = type(error).__name__
    status = "unavailable" if kind in ("Unavailable", "LookupError", "ImportError") else "failed"
    if kind == "Unfit":
        return _refused("unfit", str(error))
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
