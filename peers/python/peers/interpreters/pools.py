"""Kernels for pools of CPython: a share of the work for each thread, or for each interpreter within the process.

Without the GIL, threads run Python in parallel and share all objects. Interpreters of one process also run in
parallel but share nothing, so their arguments and results are pickled.
"""

import sys
import threading
from array import array
from collections import Counter
from concurrent import futures
from itertools import chain

from answer import serve

GAMMA, MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def at(seed, i):
    return mix(seed + (i + 1) * GAMMA & MASK)


def hits(seed, first, last):
    count = 0
    for i in range(first, last):
        x, y = at(seed, 2 * i) >> 33, at(seed, 2 * i + 1) >> 33
        count += x * x + y * y < 1 << 62
    return count


def rows(xs, ys, limit):
    """Rows of the plane, one after the other."""
    c, counts = complex(-0.62772, -0.42193), array("i")
    for y in ys:
        for x in xs:
            z, n = complex(x, y), 0
            while abs(z) < 2 and n < limit:
                z = z * z + c
                n += 1
            counts.append(n)
    return counts


def table(seed, first, last, bins, skewed):
    """The counts of a part of the keys."""
    counts, mask = [0] * bins, bins - 1
    for i in range(first, last):
        r = at(seed, i)
        if skewed:
            bit = 1 << (r >> 48) % 8
            counts[bit + (r & bit - 1)] += 1
        else:
            counts[r & mask] += 1
    return counts


def begins(text, at):
    """The first place from `at` on that is not inside a word that begins before `at`."""
    if at == 0 or at >= len(text) or text[at - 1] <= 32:
        return at
    while at < len(text) and text[at] > 32:
        at += 1
    return at


def counted(text, first, last):
    """The counts of the words that begin from `first` up to `last`."""
    return Counter(bytes(text[begins(text, first) : begins(text, last)]).split())


def operate(table, lock, seed, changes, first, last):
    """Operations on a table of immutable pairs: only a change takes the lock."""
    mask, seen = len(table) - 1, [0] * len(table)
    reads = torn = fell = 0
    for i in range(first, last):
        r = at(seed, i)
        entry = r >> 20 & mask
        if r & 1023 < changes:
            with lock:
                n = table[entry][0] + 1
                table[entry] = n, mix(n)
        else:
            n, check = table[entry]
            reads += 1
            torn += check != mix(n)
            fell += n < seen[entry]
            seen[entry] = n
    return reads, torn, fell


class Pool:
    """A pool whose workers have started, and the functions that it serves."""

    def __init__(self, kind, workers):
        self.workers = workers
        if kind == "threads":
            self.pool = futures.ThreadPoolExecutor(workers)
        else:
            self.pool = futures.InterpreterPoolExecutor(workers)
        for _ in self.pool.map(mix, range(8 * workers)):
            pass  # every worker has imported this module

    def map(self, function, *arguments):
        return self.pool.map(function, *arguments)

    def parts(self, n, count):
        """The bounds of `count` parts of `n` items, as one list for the starts and one for the ends."""
        edges = [n * k // count for k in range(count + 1)]
        return edges[:-1], edges[1:]

    def montecarlo(self, _, seed, samples):
        firsts, lasts = self.parts(samples, self.workers)
        return sum(self.map(hits, [seed] * self.workers, firsts, lasts))

    def julia(self, arrays, limit):
        """Eight rows to a call, since rows differ a hundredfold in cost."""
        xs, ys, out = arrays[0].tolist(), arrays[1].tolist(), arrays[2]
        groups = [ys[k : k + 8] for k in range(0, len(ys), 8)]
        place = 0
        for counts in self.map(rows, [xs] * len(groups), groups, [limit] * len(groups)):
            out[place : place + len(counts)] = counts
            place += len(counts)

    def histogram(self, arrays, seed, n, skewed):
        """A table for each worker, added up at the end."""
        (out,) = arrays
        firsts, lasts = self.parts(n, self.workers)
        same = [[value] * self.workers for value in (seed, len(out), skewed)]
        tables = self.map(table, same[0], firsts, lasts, *same[1:])
        out[:] = array("q", map(sum, zip(*tables)))

    def wordcount(self, arrays):
        """A part of the text for each thread; the words are written one after the other, and then their counts."""
        text, words, counts = arrays
        total = Counter()
        for part in self.map(counted, [text] * self.workers, *self.parts(len(text), self.workers)):
            total.update(part)
        joined = b" ".join(total)
        words[: len(joined)] = joined
        counts[: len(total)] = array("q", total.values())
        return len(joined), len(total)

    def lookup(self, arrays, seed, changes, n):
        (out,) = arrays
        table, lock = [(0, mix(0))] * (len(out) // 2), threading.Lock()
        same = [[value] * self.workers for value in (table, lock, seed, changes)]
        told = list(self.map(operate, *same, *self.parts(n, self.workers)))
        out[:] = array("Q", chain.from_iterable(table))
        return list(map(sum, zip(*told)))


if __name__ == "__main__":
    # imported by name, as the interpreters of a pool import it, not used as `__main__`
    import pools

    pool = pools.Pool(sys.argv[1], int(sys.argv[2]))
    serve({name: getattr(pool, name) for name in ("montecarlo", "julia", "histogram", "wordcount", "lookup")})
