"""Runs a loaded cell again and again for a profiler, and on request samples its own Python stacks.

A thread samples the others between two instructions of Python: while a library computes in C and keeps the GIL, it
waits, and then sees the function that called the library. It does not see other processes.
"""

import sys
import threading
import time

BATCH_NS = 20_000_000  # runs are batched until a batch lasts this long
LONGEST_NS = 600_000_000_000
DEPTH = 100  # the innermost functions of a stack, which are kept


def sustain(loaded, plan):
    """The reply to `sustain`: when the clock ran, the number of runs, and the sampled stacks if `hertz` is given.

    The first batch has `calls` runs, from one clock read to the next.
    """
    at_least_ns, hertz = min(plan["at_least_ns"], LONGEST_NS), plan.get("hertz")
    windows, runs, times, spent = [], 0, plan.get("calls") or 1, 0
    watcher = Watcher(hertz) if hertz else None
    try:
        while spent < at_least_ns or not windows:
            loaded.result = None
            loaded.work.spoil()
            began = time.monotonic_ns()
            loaded.run(times)
            ended = time.monotonic_ns()
            loaded.work.check(loaded.result, times)
            windows.append([began, ended])
            runs, spent = runs + times, spent + ended - began
            if ended - began < BATCH_NS:
                times *= 2
    finally:
        if watcher:
            watcher.stop()
    reply = {"reply": "sustained", "runs": runs, "windows": windows}
    return reply | {"looked": watcher.looked()} if watcher else reply


class Watcher:
    """A thread that samples the stacks of the others, `hertz` times for each second of a thread's CPU time.

    It wakes up `hertz` times a second. A thread that has used more CPU time meanwhile, as under a library that keeps
    the GIL, counts several times; one that waits has used none and is not counted.
    """

    def __init__(self, hertz):
        self.hertz, self.frames, self.stacks, self.looks, self.owed = hertz, {}, {}, [], {}
        self.spent = {task: _cpu_ns(task) for task in self.tasks()}
        self.ending, self.interval = threading.Event(), sys.getswitchinterval()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        sys.setswitchinterval(min(self.interval, 0.5 / hertz))  # else it would wait too long for the GIL
        self.thread.start()

    def stop(self):
        self.ending.set()
        self.thread.join()
        sys.setswitchinterval(self.interval)

    def tasks(self):
        return [thread.native_id for thread in threading.enumerate() if thread.native_id]

    def watch(self):
        own = threading.get_ident()
        while not self.ending.wait(1 / self.hertz):
            at_ns, stacks = time.monotonic_ns(), sys._current_frames()
            for thread in threading.enumerate():
                if thread.ident != own and thread.native_id and thread.ident in stacks:
                    self.look(thread.native_id, at_ns, stacks[thread.ident])

    def look(self, task, at_ns, frame):
        """Records a stack as often as the thread's CPU time requires."""
        spent = _cpu_ns(task)
        owed = self.owed.get(task, 0.0) + max(spent - self.spent.get(task, 0), 0) / 1e9 * self.hertz
        self.spent[task], self.owed[task] = spent, owed % 1
        if owed >= 1:
            stack = self.stacks.setdefault(self.stack(frame), len(self.stacks))
            self.looks += [{"thread": task, "at_ns": at_ns, "stack": stack}] * int(owed)

    def stack(self, frame):
        """The functions that are open in a thread, the outermost first, by their numbers."""
        numbers = []
        while frame is not None and len(numbers) < DEPTH:
            code = frame.f_code
            place = (code.co_filename, getattr(code, "co_qualname", code.co_name))
            numbers.append(self.frames.setdefault(place, len(self.frames)))
            frame = frame.f_back
        return tuple(reversed(numbers))

    def looked(self):
        """The samples, in the protocol's form."""
        frames = [{"object": file, "function": function} for file, function in self.frames]
        return {"frames": frames, "stacks": [list(stack) for stack in self.stacks], "looks": self.looks, "lost": 0}


def _cpu_ns(task):
    """The CPU time of a thread of this process; 0 once it has ended."""
    try:
        with open(f"/proc/self/task/{task}/schedstat") as file:
            return int(file.read().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
