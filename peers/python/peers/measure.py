"""Warm up, batch, time, check: how a loaded cell becomes samples. The same rules as the Rust runner's."""

import math
import time
from collections import namedtuple

import numpy as np

from peers import usage
from peers.load import Report
from peers.suite.workload import Mismatch

STEADY = 0.05  # two batches this close are steady
SETTLE_S = 0.003  # how long to watch for what is still at work
LONG_ENOUGH_ALONE_NS = 100_000_000  # such a run needs no second one to warm up, and no batch need be longer
ROOM_NS = 300_000_000  # a turn may sample this long however cheap it was to start
TIMES_THE_REST = 4  # a sample lasts at least so many times as long as what comes with it
WATCHES = 3  # after how many samples of a turn somebody watches what the process tree still does
PROCESS_NS = 150_000_000  # what a process costs outside of it: an interpreter, and another for the technique


# What a scheduler may spend on forgetting a run, whose results are here and checked: at most this CPU time, or
# this share of the run's. More is work that leaked out of the clock; it shows in a longer watch only.
TIDYING_NS, TIDYING_SHARE, DAEMONS_SETTLE_S = 10_000_000, 0.05, 0.02

Batch = namedtuple("Batch", "sample rest_ns")  # runs that were timed, and what else they took: poison, counters, check


class Loaded:
    """A technique with its input: ready to be timed."""

    def __init__(self, work, function, given, resource, idle_rate=None, prepared_ns=0):
        self.work, self.function, self.given, self.resource = work, function, given, resource
        self.idle_rate = idle_rate  # cores that the technique's daemons keep busy while nothing is asked
        self.prepared_ns = prepared_ns  # what it took to start and to load
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

    def stray_ns(self, cpu_ns):
        """CPU time that all but this thread, and daemons as far as they may, spend within a while from now."""
        tree, own, began = usage.tree_cpu_ns(), time.thread_time_ns(), time.perf_counter_ns()
        time.sleep(SETTLE_S if self.idle_rate is None else DAEMONS_SETTLE_S)
        # the tree first, as above, so that looking through it is on both sides
        tree, own = usage.tree_cpu_ns() - tree, time.thread_time_ns() - own
        return max(int(tree - own - self.allowance(cpu_ns, time.perf_counter_ns() - began)), 0)

    def sample(self, runs, watch=lambda wall_ns: True):
        """Times `runs` runs, looks for what goes on after them if `watch` says so, and checks the last one's result."""
        started = time.perf_counter_ns()
        self.result = None
        self.work.spoil()
        before = usage.spent()
        began = time.perf_counter_ns()
        self.run(runs)
        wall_ns, own = time.perf_counter_ns() - began, time.thread_time_ns()
        usage.settle()
        cpu_ns, *counts = (now - then for now, then in zip(usage.spent(), before))
        cpu_ns -= time.thread_time_ns() - own  # to look through the tree is our own work, and grows with the tree
        spent_ns = time.perf_counter_ns() - started - wall_ns
        watched = watch(wall_ns)
        stray_ns = self.stray_ns(cpu_ns) if watched else 0
        began = time.perf_counter_ns()
        if not is_plain(self.result):
            raise Mismatch(f"a {type(self.result).__name__} is no result yet: nobody waited for it")
        digest = self.work.check(self.result, runs)
        check_ns = time.perf_counter_ns() - began
        names = ("minor_faults", "major_faults", "waits", "preemptions")
        sample = {
            "runs": runs,
            "wall_ns": wall_ns,
            "cpu_ns": max(cpu_ns, 0),
            "check_ns": check_ns,
            "stray_ns": stray_ns,
            "watched": watched,
            "digest": f"{digest:016x}",
            **{name: max(count, 0) for name, count in zip(names, counts)},
        }
        return Batch(sample, spent_ns + check_ns)


def measure(loaded, plan):
    """Runs a cell as the plan says; every sample is checked."""
    usage.reset_peak()
    first_ns, steady, samples = _collect(loaded, plan)
    peak, threads = usage.peak_bytes(), usage.threads()
    metrics = loaded.work.metrics(loaded.result) | loaded.work.extra_metrics
    if hasattr(loaded.given, "open_loop"):
        spent = sum(sample["cpu_ns"] for sample in samples) / sum(sample["runs"] for sample in samples)
        metrics["cpu_us_per_request"] = spent / 1e3 / loaded.work.items()
        metrics |= loaded.given.open_loop(metrics["requests_per_second"])
    return {
        "reply": "measured",
        "first_ns": first_ns,
        "steady": steady,
        "samples": samples,
        "peak_bytes": peak,
        "threads": threads,
        "metrics": metrics,
    }


def _collect(loaded, plan):
    """Takes batches and keeps those that are samples; gives the first run's time, whether the rest is steady, and them."""
    first = loaded.sample(1, lambda wall_ns: regime_after(wall_ns, plan) == "cold")
    first_ns = first.sample["wall_ns"]
    regime = regime_after(first_ns, plan)
    if regime == "cold":
        return first_ns, False, [first.sample]
    steady, runs, rest_ns, before, shown = _warm_up(loaded, first, plan, regime)
    wall_ns = (shown or before or [first])[-1].sample["wall_ns"]
    fixed_ns = PROCESS_NS + loaded.prepared_ns + sum(batch.sample["wall_ns"] + batch.rest_ns for batch in [first, *before])
    samples = enough(plan, wall_ns, rest_ns, fixed_ns)
    shown = shown[max(0, len(shown) - samples + 1) :]  # at least one is taken to be watched
    more = samples - len(shown)
    for k in range(more):
        shown.append(loaded.sample(runs, lambda _, k=k: watches(k, more)))
    return first_ns, steady, [batch.sample for batch in shown]


def regime_after(first_ns, plan):
    """How warm the samples are: as was asked for, or as a first run of this length calls for."""
    if asked := plan.get("regime"):
        return asked
    if plan["warmup_ns"] == 0 or first_ns >= plan["long_ns"]:
        return "cold"
    return "singles" if first_ns >= LONG_ENOUGH_ALONE_NS else "batches"


def batch_ns(plan, rest_ns):
    """How long a batch must last if each comes with `rest_ns` of other work."""
    return max(plan["min_sample_ns"], min(TIMES_THE_REST * rest_ns, LONG_ENOUGH_ALONE_NS))


def enough(plan, wall_ns, rest_ns, fixed_ns):
    """How many samples of `wall_ns` are worth taking in a turn that cost `fixed_ns` before them.

    The optimum of Kalibera and Jones (2013), as in crates/runner/src/protocol/sampling.rs.
    """
    if wall_ns >= plan["long_ns"]:
        return 1
    if not plan.get("parity_ns"):
        return max(1, plan["samples"])
    wall, each = max(wall_ns, 1), max(wall_ns + rest_ns, 1)
    worth = math.ceil(math.sqrt(fixed_ns / each * plan["parity_ns"] / wall))
    room = min(max(round(ROOM_NS / each), 2), max(plan.get("least_samples", 0), 2))
    return max(1, min(max(worth, room), plan["samples"]))


def watches(k, samples):
    """Whether to watch, after sample number `k` of `samples`, what the process tree still does."""
    count = min(WATCHES, samples)
    return (k + 1) * count // samples > k * count // samples


def _warm_up(loaded, first, plan, regime):
    """Runs until two batches agree, or just for a while.

    Gives whether it is steady, a batch's runs, what comes with a batch, the batches that show nothing, and those that
    agreed.
    """
    runs, rest_ns, spent, last, before = 1, first.rest_ns, first.sample["wall_ns"], first, []
    steady = regime == "singles"
    while True:
        long_enough = last.sample["wall_ns"] >= batch_ns(plan, rest_ns)
        # too long is a batch that was sized by a check, or a moment, that was slow only once
        too_long = runs > 1 and last.sample["wall_ns"] > 3 * batch_ns(plan, rest_ns)
        done = spent >= plan["warmup_ns"] and steady and long_enough and not too_long
        if done or spent >= plan["max_warmup_ns"]:
            agreed = _agreed(before, runs) if done and regime == "batches" else 0
            cut = len(before) - agreed
            return done, runs, rest_ns, before[:cut], before[cut:]
        if too_long or not long_enough:
            wanted = int(batch_ns(plan, rest_ns) * 1.2 / max(_each(last), 1))
            runs = min(max(wanted, 1), runs - 1) if too_long else min(max(wanted, runs + 1), runs * 10)
        batch = loaded.sample(runs, lambda _: False)
        rest_ns = (rest_ns + batch.rest_ns) // 2  # a mean, in which each batch before counts half of the next
        spent += batch.sample["wall_ns"]
        agree = abs(_each(batch) - _each(last)) <= STEADY * min(_each(batch), _each(last))
        steady = regime == "singles" or (batch.sample["wall_ns"] >= batch_ns(plan, rest_ns) and agree)
        before.append(batch)
        last = batch


def _agreed(batches, runs):
    """How many of the last batches agreed, of those with as many runs as samples have."""
    if len(batches) > 1 and batches[-2].sample["runs"] == runs:
        return 2
    return int(bool(batches) and batches[-1].sample["runs"] == runs)


def _each(batch):
    return batch.sample["wall_ns"] / batch.sample["runs"]


def is_plain(result):
    """Whether a result is here: numbers and arrays of them, and no promise of any."""
    if isinstance(result, (tuple, list)) and not isinstance(result, Report):
        return all(map(is_plain, result[:100]))
    return isinstance(result, (int, float, str, np.ndarray, np.generic, Report))
