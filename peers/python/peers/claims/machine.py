"""The load of other programs on the machine, which is reported with every time."""

import time

LOOK_SECONDS = 0.4


def taken_by_others(lasts=LOOK_SECONDS):
    """The share of all cores that is busy while this process waits."""
    busy, total = ticks()
    time.sleep(lasts)
    busy_then, total_then = ticks()
    return (busy_then - busy) / max(total_then - total, 1)


def ticks():
    """The busy ticks of all cores so far, and all ticks."""
    with open("/proc/stat") as file:
        user, nice, system, idle, waiting, *more = map(int, file.readline().split()[1:9])
    return user + nice + system + sum(more), user + nice + system + sum(more) + idle + waiting
