"""The resources that the process tree has used so far, counted as the Rust runner counts them."""

import os
import resource
import time
from pathlib import Path

# The process ids of load drivers, whose usage does not count as the server's.
DRIVERS = set()


def spent():
    """The tree's CPU nanoseconds, minor faults, major faults, waits and preemptions."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    fields = ("ru_minflt", "ru_majflt", "ru_nvcsw", "ru_nivcsw")
    return [tree_cpu_ns(), *(sum(getattr(usage, field) for usage in usages) for field in fields)]


def tree_cpu_ns():
    """The CPU time of this process, its ended children and its living descendants."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(_cpu_ns_of(pid) for pid in descendants())
    return time.process_time_ns() + int(1e9 * (ended.ru_utime + ended.ru_stime)) + living


def idle_rate():
    """The number of cores that the technique's processes keep busy while idle."""
    time.sleep(0.3)  # until the start has settled
    cpu, own, began = tree_cpu_ns(), time.thread_time_ns(), time.monotonic_ns()
    time.sleep(0.3)
    own = time.thread_time_ns() - own
    return max(0.0, (tree_cpu_ns() - cpu - own) / (time.monotonic_ns() - began))


def settle():
    """Waits up to a millisecond until other processes sleep: the kernel updates their CPU time when they do."""
    for _ in range(10):
        if not any(map(_is_running, descendants())):
            return
        time.sleep(0.0001)


def reset_peak():
    """Resets the peak of resident memory."""
    for pid in ["self", *descendants()]:
        try:
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        except OSError:
            pass  # the kernel does not support it: the figure is then too high


def peak():
    """The peak of the tree's resident memory since the last reset, and how it was added up, as in the Rust runner.

    Memory that processes share counts once: each current page is divided among the processes that have it. Memory that
    a process had only at its peak counts in full for each process.
    """
    tree = ["self", *descendants()]
    parts = [_part(pid) for pid in tree] if len(tree) > 1 else [None]
    sizes = [[1024 * _status(pid, field) for field in ("VmHWM:", "VmRSS:")] for pid in tree]
    living = [(most, now, part) for (most, now), part in zip(sizes, parts) if now]  # the others have ended
    largest = max((most for most, _, _ in living), default=0)
    if len(living) < 2:
        return largest, "process"
    if any(part is None for _, _, part in living):
        return sum(most for most, _, _ in living), "rss"
    return max(largest, sum(max(most - now, 0) + part for most, now, part in living)), "pss"


def threads():
    """The number of threads of this process."""
    return _status("self", "Threads:")


def descendants(root="self"):
    """The ids of the living descendants of this process, or of another, except load drivers."""
    found, parents = [], [root]
    if root == "self" and not _has_children():
        return found  # looking for them takes longer the more threads this process has
    while parents:
        parent = parents.pop()
        for task in _list(f"/proc/{parent}/task"):
            children = [pid for pid in _read(f"{task}/children").split() if int(pid) not in DRIVERS]
            found += children
            parents += children
    return found


def _has_children():
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _is_running(pid):
    """Whether a thread of a process is running or runnable."""
    stats = (_read(f"{task}/stat") for task in _list(f"/proc/{pid}/task"))
    return any(stat.rpartition(")")[2].lstrip().startswith("R") for stat in stats)


def _cpu_ns_of(pid):
    """The CPU time of a process's living threads, as the scheduler counts it."""
    return sum(int((_read(f"{task}/schedstat") or "0").split()[0]) for task in _list(f"/proc/{pid}/task"))


def _status(pid, field):
    for line in _read(f"/proc/{pid}/status").splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    return 0


def _part(pid):
    """The proportional set size of a process; None if the kernel does not report it."""
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return 1024 * int(line.split()[1])
    return None


def _list(folder):
    try:
        return list(Path(folder).iterdir())
    except OSError:
        return []  # the process has ended


def _read(path):
    try:
        return Path(path).read_text()
    except OSError:
        return ""
