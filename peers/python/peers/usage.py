"""What the process tree has spent so far: CPU, faults, switches, memory, threads. As the Rust runner counts it."""

import os
import resource
import time
from pathlib import Path

# Processes that put load on a server under test: what they spend is not the server's.
DRIVERS = set()


def spent():
    """CPU nanoseconds of the tree, then minor and major faults, waits and preemptions."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    fields = ("ru_minflt", "ru_majflt", "ru_nvcsw", "ru_nivcsw")
    return [tree_cpu_ns(), *(sum(getattr(usage, field) for usage in usages) for field in fields)]


def tree_cpu_ns():
    """CPU time of this process, its ended children and its living descendants."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(_cpu_ns_of(pid) for pid in descendants())
    return time.process_time_ns() + int(1e9 * (ended.ru_utime + ended.ru_stime)) + living


def settle():
    """Lets other processes go to sleep, for a millisecond at most: the kernel tells their time as of when they last did."""
    for _ in range(10):
        if not any(map(_is_running, descendants())):
            return
        time.sleep(0.0001)


def reset_peak():
    """Forgets the peak of resident memory."""
    for pid in ["self", *descendants()]:
        try:
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        except OSError:
            pass  # a kernel without it: a higher figure


def peak_bytes():
    """The peak resident size of the tree since then, summed over its processes."""
    return sum(1024 * _status(pid, "VmHWM:") for pid in ["self", *descendants()])


def threads():
    """How many threads this process has."""
    return _status("self", "Threads:")


def descendants():
    """The living processes that descend from this one, but for drivers."""
    found, parents = [], ["self"]
    if not _has_children():
        return found  # to look for them takes as long as a process has threads
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
    """Whether a thread of another process is on a core or waits for one."""
    stats = (_read(f"{task}/stat") for task in _list(f"/proc/{pid}/task"))
    return any(stat.rpartition(")")[2].lstrip().startswith("R") for stat in stats)


def _cpu_ns_of(pid):
    """CPU time of the living threads of another process, as the scheduler counts it."""
    return sum(int((_read(f"{task}/schedstat") or "0").split()[0]) for task in _list(f"/proc/{pid}/task"))


def _status(pid, field):
    for line in _read(f"/proc/{pid}/status").splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    return 0


def _list(folder):
    try:
        return list(Path(folder).iterdir())
    except OSError:
        return []  # it has ended


def _read(path):
    try:
        return Path(path).read_text()
    except OSError:
        return ""
