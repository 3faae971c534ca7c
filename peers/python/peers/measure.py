"""Warm up, batch, time, check: how a loaded cell becomes samples. The same rules as the Rust runner's."""

import time

import numpy as np

from peers import usage
from peers.load import Report
from peers.suite.workload import Mismatch

STEADY = 0.05  # two batches this close are steady
SETTLE_S = 0.003  # how long to watch, after the check, for what is still at work
LONG_ENOUGH_ALONE_NS = 100_000_000  # such a run needs no second one to warm up


# What a scheduler may spend on forgetting a run, whose results are here and checked: at most this CPU time, or
# this share of the run's. More is work that leaked out of the clock.
TIDYING_NS, TIDYING_SHARE = 10_000_000, 0.05


class Loaded:
    """A technique with its input: ready to be timed."""

    def __init__(self, work, function, given, resource, idle_rate=None):
        self.work, self.function, self.given, self.resource = work, function, given, resource
        self.idle_rate = idle_rate  # cores that the technique's daemons keep busy while nothing is asked
        self.result = None

    def run(self, times):
        function, given, resource = self.function, self.given, self.resource
        for _ in range(times):
            self.result = function(given, resource)

    def allowance(self, cpu_ns, watched_ns):
        """What daemons may spend after the clock has stopped: what they spend idly, and some tidying up."""
        if self.idle_rate is None:
            return 0
        return self.idle_rate * watched_ns + max(TIDYING_NS, TIDYING_SHARE * cpu_ns)

    def sample(self, runs):
        """Times `runs` runs and checks what the last one gave."""
        self.result = None
        self.work.spoil()
        before = usage.spent()
        began = time.perf_counter_ns()
        self.run(runs)
        wall_ns, own = time.perf_counter_ns() - began, time.thread_time_ns()
        time.sleep(SETTLE_S)  # the kernel tells other processes' time as of when they last stopped
        cpu_ns, *counts = (now - then for now, then in zip(usage.spent(), before))
        cpu_ns -= time.thread_time_ns() - own  # to look through the tree is our own work, and grows with the tree
        tree, own, began = usage.tree_cpu_ns(), time.thread_time_ns(), time.perf_counter_ns()
        if not is_plain(self.result):
            raise Mismatch(f"a {type(self.result).__name__} is no result yet: nobody waited for it")
        digest = self.work.check(self.result, runs)
        check_ns = time.perf_counter_ns() - began
        time.sleep(SETTLE_S)
        # the tree first, as above, so that looking through it is on both sides
        tree, own = usage.tree_cpu_ns() - tree, time.thread_time_ns() - own
        stray_ns = tree - own - self.allowance(cpu_ns, time.perf_counter_ns() - began)
        names = ("minor_faults", "major_faults", "waits", "preemptions")
        return {
            "runs": runs,
            "wall_ns": wall_ns,
            "cpu_ns": max(cpu_ns, 0),
            "check_ns": check_ns,
            "stray_ns": max(int(stray_ns), 0),
            "digest": f"{digest:016x}",
            **{name: max(count, 0) for name, count in zip(names, counts)},
        }


def measure(loaded, plan):
    """Runs a cell as the plan says; every sample is checked."""
    usage.reset_peak()
    first = loaded.sample(1)
    first_ns = first["wall_ns"]
    regime = regime_after(first_ns, plan)
    if regime == "cold":
        samples, steady = [first], False
    else:
        runs, each_ns, steady = _warm_up(loaded, first_ns, plan, regime)
        samples = [loaded.sample(runs) for _ in range(enough(plan, each_ns))]
    peak, threads = usage.peak_bytes(), usage.threads()
    metrics = loaded.work.metrics(loaded.result) | loaded.work.noted
    if hasattr(loaded.given, "open_loops"):
        spent = sum(sample["cpu_ns"] for sample in samples) / sum(sample["runs"] for sample in samples)
        metrics["cpu_us_per_request"] = spent / 1e3 / loaded.work.items()
        metrics |= loaded.given.open_loops(metrics["requests_per_second"])
    return {
        "reply": "measured",
        "first_ns": first_ns,
        "steady": steady,
        "samples": samples,
        "peak_bytes": peak,
        "threads": threads,
        "metrics": metrics,
    }


def regime_after(first_ns, plan):
    """How warm the samples are: as was asked for, or as a first run of this length calls for."""
    if asked := plan.get("regime"):
        return asked
    if plan["warmup_ns"] == 0 or first_ns >= plan["long_ns"]:
        return "cold"
    return "singles" if first_ns >= LONG_ENOUGH_ALONE_NS else "batches"


def enough(plan, each_ns):
    """How many samples a run of this length needs."""
    most = 1 if each_ns >= plan["long_ns"] else 2 if each_ns >= LONG_ENOUGH_ALONE_NS else plan["samples"]
    return max(1, min(plan["samples"], most))


def _warm_up(loaded, first_ns, plan, regime):
    """Runs until two batches agree, or just for a while; gives a batch's size, a run's time, and whether it is steady."""
    runs, each, spent = 1, first_ns, first_ns
    steady, long_enough = regime == "singles", first_ns >= plan["min_sample_ns"]
    while True:
        if spent >= plan["warmup_ns"] and steady and long_enough:
            return runs, each, True
        if spent >= plan["max_warmup_ns"]:
            return runs, each, False
        if not long_enough:
            wanted = int(plan["min_sample_ns"] * 1.2 / max(each, 1))
            runs = min(max(wanted, runs + 1), runs * 10)
        wall_ns = loaded.sample(runs)["wall_ns"]
        last, each = each, wall_ns / runs
        long_enough = wall_ns >= plan["min_sample_ns"]
        steady = regime == "singles" or (long_enough and abs(each - last) <= STEADY * min(each, last))
        spent += wall_ns


def is_plain(result):
    """Whether a result is here: numbers and arrays of them, and no promise of any."""
    if isinstance(result, (tuple, list)) and not isinstance(result, Report):
        return all(map(is_plain, result[:100]))
    return isinstance(result, (int, float, str, np.ndarray, np.generic, Report))
