"""Measures a loaded cell: warms up, batches, times and checks runs, by the rules of the Rust runner."""

import math
import time
from collections import namedtuple
from itertools import islice

import numpy as np

from peers import usage
from peers.energy import Meter
from peers.load import Report
from peers.suite.workload import Mismatch

STEADY = 0.05  # two batches within this share of each other are steady
SETTLE_S = 0.003  # how long to watch for work that goes on after a sample
SINGLE_RUN_NS = 100_000_000  # a run this long is a sample by itself, and no batch has to be longer
TURN_ROOM_NS = 300_000_000  # a turn may sample for this long, however cheap its start was
SAMPLE_TO_OVERHEAD = 4  # a sample lasts at least this many times as long as its poison, counters and check
WATCHED_SAMPLES = 3  # of each turn: after them the process tree is watched for work that goes on
PROCESS_NS = 150_000_000  # the cost of starting a worker: an interpreter, and another one for the technique

# A scheduler may spend this CPU time, or this share of the run's, on cleaning up after a run whose results have been
# returned and checked. More than that is work outside the clock, and seeing it takes a longer watch.
CLEANUP_NS, CLEANUP_SHARE, DAEMONS_SETTLE_S = 10_000_000, 0.05, 0.02

# A timed batch of runs, and the additional time of its poison, counters and check.
Batch = namedtuple("Batch", "sample overhead_ns")


class Loaded:
    """A technique with its input: ready to be timed."""

    def __init__(self, work, function, data, resource, idle_rate=None, prepared_ns=0):
        self.work, self.function, self.data, self.resource = work, function, data, resource
        self.idle_rate = idle_rate  # cores that the technique's daemons keep busy while idle
        self.prepared_ns = prepared_ns  # the time to start the technique and load the input
        self.result = None
        self.meter = None  # reads the energy, during a measurement

    def run(self, times):
        function, data, resource = self.function, self.data, self.resource
        for _ in range(times):
            self.result = function(data, resource)

    def allowance(self, cpu_ns, watched_ns):
        """The CPU time that daemons may spend after the clock has stopped: their idle rate, and some cleanup."""
        if self.idle_rate is None:
            return 0
        return self.idle_rate * watched_ns + max(CLEANUP_NS, CLEANUP_SHARE * cpu_ns)

    def stray_ns(self, cpu_ns):
        """The CPU time that other threads and processes spend in a short watch, beyond what daemons are allowed."""
        tree, own, began = usage.tree_cpu_ns(), time.thread_time_ns(), time.perf_counter_ns()
        time.sleep(SETTLE_S if self.idle_rate is None else DAEMONS_SETTLE_S)
        # the tree before the thread, as above, so both differences include the cost of reading the tree
        tree, own = usage.tree_cpu_ns() - tree, time.thread_time_ns() - own
        return max(int(tree - own - self.allowance(cpu_ns, time.perf_counter_ns() - began)), 0)

    def sample(self, runs, watch=lambda wall_ns: True):
        """Times `runs` runs, watches for work after them if `watch` says so, and checks the last result."""
        started = time.perf_counter_ns()
        self.result = None
        self.work.spoil()
        energy = self.meter and self.meter.read()  # outside the counted region, as it takes some microseconds
        before = usage.spent()
        began = time.perf_counter_ns()
        self.run(runs)
        wall_ns, own = time.perf_counter_ns() - began, time.thread_time_ns()
        usage.settle()
        cpu_ns, *counts = (now - then for now, then in zip(usage.spent(), before))
        cpu_ns -= time.thread_time_ns() - own  # reading the tree is our own work, and grows with the tree
        energy_uj = self.meter and self.meter.between(energy, self.meter.read(), wall_ns)
        spent_ns = time.perf_counter_ns() - started - wall_ns
        watched = watch(wall_ns)
        stray_ns = self.stray_ns(cpu_ns) if watched else 0
        began = time.perf_counter_ns()
        if self.work.PLAIN and not is_plain(self.result):
            kind = type(self.result).__name__
            raise Mismatch(f"the technique returned a {kind} instead of a result: it did not wait for the result")
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
            "energy_uj": energy_uj,
        }
        return Batch(sample, spent_ns + check_ns)


def measure(loaded, plan):
    """Measures a cell by the plan; every sample is checked."""
    usage.reset_peak()
    loaded.meter = Meter()
    try:
        first_ns, warm_up, steady, samples = _collect(loaded, plan)
    finally:
        loaded.meter.close()
    (peak, peak_by), threads = usage.peak(), usage.threads()
    metrics = loaded.work.metrics(loaded.result) | loaded.work.extra_metrics
    if loaded.work.tasks:
        metrics["tasks"] = loaded.work.tasks
    if hasattr(loaded.data, "open_loop"):
        cpu_ns = sum(sample["cpu_ns"] for sample in samples) / sum(sample["runs"] for sample in samples)
        metrics["cpu_us_per_request"] = cpu_ns / 1e3 / loaded.work.items()
        metrics |= loaded.data.open_loop(metrics["requests_per_second"])
    return {
        "reply": "measured",
        "first_ns": first_ns,
        "warm_up": warm_up,
        "steady": steady,
        "samples": samples,
        "peak_bytes": peak,
        "peak_by": peak_by,
        "threads": threads,
        "metrics": metrics,
        "energy_reason": loaded.meter.why_not,
    }


def _collect(loaded, plan):
    """Takes batches; returns the first run's time, the warm-up, whether it became steady, and the samples."""
    first = loaded.sample(1, lambda wall_ns: regime_after(wall_ns, plan) == "cold")
    first_ns = first.sample["wall_ns"]
    regime = regime_after(first_ns, plan)
    if regime == "cold":
        return first_ns, [], False, [first.sample]
    steady, runs, overhead_ns, discarded, kept = _warm_up(loaded, first, plan, regime)
    wall_ns = (kept or discarded or [first])[-1].sample["wall_ns"]
    warm_up_ns = sum(batch.sample["wall_ns"] + batch.overhead_ns for batch in [first, *discarded])
    fixed_ns = PROCESS_NS + loaded.prepared_ns + warm_up_ns
    samples = sample_count(plan, wall_ns, overhead_ns, fixed_ns)
    kept = kept[max(0, len(kept) - samples + 1) :]  # at least one more sample has to be taken and watched
    more = samples - len(kept)
    for k in range(more):
        kept.append(loaded.sample(runs, lambda _, k=k: is_watched(k, more)))
    return first_ns, doublings([first, *discarded]), steady, [batch.sample for batch in kept]


def doublings(batches):
    """The number of runs so far and their total time, each time the number has doubled, and at the end."""
    told, runs, wall_ns = [], 0, 0
    for batch in batches:
        runs, wall_ns = runs + batch.sample["runs"], wall_ns + batch.sample["wall_ns"]
        if len(told) > 1 and runs < 2 * told[-2][0]:
            told.pop()
        told.append([runs, wall_ns])
    return told


def regime_after(first_ns, plan):
    """How samples are taken (cold, singles, batches): by the plan, or by the length of the first run."""
    if regime := plan.get("regime"):
        return regime
    if plan["warmup_ns"] == 0 or first_ns >= plan["long_ns"]:
        return "cold"
    return "singles" if first_ns >= SINGLE_RUN_NS else "batches"


def batch_ns(plan, overhead_ns):
    """How long a batch must last if `overhead_ns` comes with each."""
    return max(plan["min_sample_ns"], min(SAMPLE_TO_OVERHEAD * overhead_ns, SINGLE_RUN_NS))


def sample_count(plan, wall_ns, overhead_ns, fixed_ns):
    """How many samples of `wall_ns` are worth taking in a turn that cost `fixed_ns` before them.

    The optimum of Kalibera and Jones (2013), as in crates/runner/src/protocol/sampling.rs.
    """
    if wall_ns >= plan["long_ns"]:
        return 1
    if not plan.get("parity_ns"):
        return max(1, plan["samples"])
    wall, each = max(wall_ns, 1), max(wall_ns + overhead_ns, 1)
    optimum = math.ceil(math.sqrt(fixed_ns / each * plan["parity_ns"] / wall))
    room = min(max(round(TURN_ROOM_NS / each), 2), max(plan.get("least_samples", 0), 2))
    return max(1, min(max(optimum, room), plan["samples"]))


def is_watched(k, samples):
    """Whether the process tree is watched after sample number `k` of `samples`."""
    count = min(WATCHED_SAMPLES, samples)
    return (k + 1) * count // samples > k * count // samples


def _warm_up(loaded, first, plan, regime):
    """Runs until two batches agree, or until the time limit.

    Returns whether it is steady, the runs of a batch, the overhead of a batch, the batches to discard, and the batches
    that agreed, which are samples.
    """
    runs, overhead_ns, spent, last, batches = 1, first.overhead_ns, first.sample["wall_ns"], first, []
    steady = regime == "singles"
    while True:
        long_enough = last.sample["wall_ns"] >= batch_ns(plan, overhead_ns)
        # a batch is too long if a single slow check, or a slow moment, determined its size
        too_long = runs > 1 and last.sample["wall_ns"] > 3 * batch_ns(plan, overhead_ns)
        done = spent >= plan["warmup_ns"] and steady and long_enough and not too_long
        if done or spent >= plan["max_warmup_ns"]:
            agreed = _agreed(batches, runs) if done and regime == "batches" else 0
            cut = len(batches) - agreed
            return done, runs, overhead_ns, batches[:cut], batches[cut:]
        if too_long or not long_enough:
            wanted = int(batch_ns(plan, overhead_ns) * 1.2 / max(_run_ns(last), 1))
            runs = min(max(wanted, 1), runs - 1) if too_long else min(max(wanted, runs + 1), runs * 10)
        batch = loaded.sample(runs, lambda _: False)
        overhead_ns = (overhead_ns + batch.overhead_ns) // 2  # a mean that weights the latest batch most
        spent += batch.sample["wall_ns"]
        agree = abs(_run_ns(batch) - _run_ns(last)) <= STEADY * min(_run_ns(batch), _run_ns(last))
        steady = regime == "singles" or (batch.sample["wall_ns"] >= batch_ns(plan, overhead_ns) and agree)
        batches.append(batch)
        last = batch


def _agreed(batches, runs):
    """How many of the last batches agreed and have as many runs as a sample."""
    if len(batches) > 1 and batches[-2].sample["runs"] == runs:
        return 2
    return int(bool(batches) and batches[-1].sample["runs"] == runs)


def _run_ns(batch):
    return batch.sample["wall_ns"] / batch.sample["runs"]


def is_plain(result):
    """Whether a result is complete: numbers and arrays, not futures or lazy objects."""
    if isinstance(result, dict):
        return all(is_plain(entry) for entry in islice(result.items(), 100))
    if isinstance(result, (tuple, list)) and not isinstance(result, Report):
        return all(map(is_plain, result[:100]))
    return isinstance(result, (int, float, str, bytes, np.ndarray, np.generic, Report))
