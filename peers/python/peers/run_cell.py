"""Runs one cell without the supervisor, as for a profiler: `python -m peers.worker run WORKLOAD[:CASE]/TECHNIQUE`.

Its output is that of `run` of the Rust workers.
"""

import argparse
import json
import os
import sys

from peers import cells

PLAN = {
    "parity_ns": 0,  # take exactly the requested number of samples
    "min_sample_ns": 5_000_000,
    "warmup_ns": 100_000_000,
    "max_warmup_ns": 3_000_000_000,
    "long_ns": 2_000_000_000,
}


def run(arguments, session):
    """Runs the cell that the command line names, in a session of the given class; returns the exit status."""
    at = arguments.index("run")
    options = _parser().parse_args(arguments[at + 1 :])
    wanted = _wanted(options)
    driver = arguments[arguments.index("--driver") + 1] if "--driver" in arguments[:at] else None
    # the session may replace this process by `exec`; the new process then gets here again
    with session(cells.systems(), driver, (), arguments) as session:
        ready = session.reply({"do": "prepare", **wanted}, json.dumps({"do": "prepare", **wanted}))
        measured = ready
        if ready["reply"] == "ready":
            measured = session.reply({"do": "measure", "samples": options.samples, **PLAN}, "")
    if measured["reply"] != "measured":
        print("error:", measured.get("reason") or measured.get("message"), file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"cell": wanted, "ready": ready, "measured": measured}))
        return 0
    print(f"start {ready['start_ns'] / 1e6:.3f} ms, load {ready['load_ns'] / 1e6:.3f} ms")
    print(f"first {measured['first_ns'] / 1e6:.3f} ms, isa {ready['isa']}")
    for sample in measured["samples"]:
        each, cores = sample["wall_ns"] / sample["runs"] / 1e6, sample["cpu_ns"] / max(sample["wall_ns"], 1)
        print(f"{each:12.6f} ms  {sample['runs']:6} runs  {cores:4.2f} cores  digest {sample['digest']}")
    for name, value in measured["metrics"].items():
        print(f"{name:>24}  {value}")
    return 0


def _parser():
    parser = argparse.ArgumentParser("worker run", description=__doc__.splitlines()[0])
    parser.add_argument("cell", metavar="WORKLOAD[:CASE]/TECHNIQUE")
    parser.add_argument("--size", default="medium")
    parser.add_argument("--variant", type=int, default=0)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--turns", type=int)
    parser.add_argument("--units", type=int)
    parser.add_argument("--answer", help="the digest of a correct result, for other turns or units than the size's own")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--request", help=argparse.SUPPRESS)  # set by `exec` when the session replaces this process
    return parser


def _wanted(options):
    work, _, technique = options.cell.partition("/")
    workload, _, case = work.partition(":")
    if not case:  # the workload's first
        known = (cell.case for system in cells.systems() for cell in system.cells if cell.workload == workload)
        case = next(known, "")
    wanted = {name: getattr(options, name) for name in ("size", "variant", "workers", "turns", "units", "answer")}
    return {"workload": workload, "case": case, "technique": technique, **wanted}
