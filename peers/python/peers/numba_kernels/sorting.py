"""The bubble sort with four passes in flight: the comparisons of the textbook's loop, and none more.

A pass carries the largest value that it has seen, and puts down the smaller one of that and the next. What it puts
down is what the next pass takes up, so four passes follow each other through the array, each one place behind the
last, and the processor overlaps them. Nothing branches on a comparison.
"""

import numpy as np
from numba import njit

LOWEST = np.iinfo(np.int64).min  # a pass that has seen nothing yet carries this


@njit
def bubble(values):
    """Sorts in place; returns comparisons and swaps."""
    comparisons, swaps, end = 0, 0, values.size
    while end > 1:
        a = b = c = d = LOWEST
        p = q = r = s = 0  # the swaps of each pass
        for i in range(end):
            x = values[i]
            p += a > x
            a, x = max(a, x), min(a, x)
            q += b > x
            b, x = max(b, x), min(b, x)
            r += c > x
            c, x = max(c, x), min(c, x)
            s += d > x
            d, x = max(d, x), min(d, x)
            if i >= 4:
                values[i - 4] = x
        # what each pass still carries is the largest of what it saw: it belongs at the pass's end
        for k, carried in enumerate((a, b, c, d)):
            if end > k:
                values[end - 1 - k] = carried
        for k, count in enumerate((p, q, r, s)):
            if end < k + 2:
                break
            comparisons, swaps = comparisons + end - 1 - k, swaps + count
            if count == 0:
                return comparisons, swaps
        end -= 4
    return comparisons, swaps
