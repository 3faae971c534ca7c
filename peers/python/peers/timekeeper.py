"""A thread that enforces the deadlines of others: it wakes each operation that is not over in time.

A thread cannot be cancelled from outside; it has to wait for its cancellation as well as for its end. So it sleeps on
an event here. `Future.result(timeout)` only stops waiting for the thread, which goes on.
"""

import heapq
import itertools
import threading
import time
from queue import Empty, SimpleQueue


class Timekeeper:
    """A context in which operations are run until they are over or cancelled."""

    def __enter__(self):
        self._asked, self._numbers = SimpleQueue(), itertools.count()
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._asked.put(None)
        self._thread.join()

    def lasted(self, operation):
        """Sleeps until an operation is over or cancelled; returns whether it is over."""
        cancelled = threading.Event()
        self._asked.put((time.monotonic() + operation.left(), next(self._numbers), cancelled))
        while (seconds := operation.lasts()) > 0:
            if cancelled.wait(seconds):
                return False
        return True

    def _keep(self):
        open_ = []
        while True:
            try:
                asked = self._asked.get(timeout=max(open_[0][0] - time.monotonic(), 0) if open_ else None)
            except Empty:
                while open_ and open_[0][0] <= time.monotonic():
                    heapq.heappop(open_)[2].set()
                continue
            if asked is None:
                return
            heapq.heappush(open_, asked)
