"""PyPy's kernels: plain loops over lists, which its compiler turns into loops over machine words.

A word is a signed number here: `intop` multiplies and shifts as the processor does, while Python's own operators
would turn an overflow into a big integer.
"""

from array import array

from __pypy__.intop import int_add, int_mul, uint_rshift
from answer import serve


def signed(word):
    """A word of 64 bits as a signed number."""
    return word - (word >> 63 << 64)


GAMMA, A, B = map(signed, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def mix(z):
    z = int_mul(z ^ uint_rshift(z, 30), A)
    z = int_mul(z ^ uint_rshift(z, 27), B)
    return z ^ uint_rshift(z, 31)


def at(seed, i):
    return mix(int_add(seed, int_mul(i + 1, GAMMA)))


def bubblesort(arrays):
    """Sorts a copy of the first array into the second."""
    given, out = arrays
    values = given.tolist()
    comparisons = swaps = 0
    for end in range(len(values), 1, -1):
        before = swaps
        left = values[0]
        for i in range(1, end):
            right = values[i]
            if left > right:
                values[i - 1] = right
                swaps += 1
            else:
                values[i - 1] = left
                left = right
        values[end - 1] = left
        comparisons += end - 1
        if swaps == before:
            break
    out[:] = array("q", values)
    return comparisons, swaps


def julia(arrays, limit):
    xs, ys, out = arrays
    counts, xs = [], xs.tolist()
    for y0 in ys.tolist():
        for x0 in xs:
            counts.append(escape(x0, y0, limit))
    out[:] = array("i", counts)


def escape(x, y, limit):
    steps = 0
    while x * x + y * y < 4.0 and steps < limit:
        x, y = x * x - y * y - 0.62772, 2.0 * x * y - 0.42193
        steps += 1
    return steps


def montecarlo(_, seed, samples):
    hits = 0
    for i in range(samples):
        x, y = uint_rshift(at(seed, 2 * i), 33), uint_rshift(at(seed, 2 * i + 1), 33)
        hits += x * x + y * y < 1 << 62
    return hits


def histogram(arrays, seed, n, skewed):
    (out,) = arrays
    counts = [0] * len(out)
    mask = len(out) - 1
    for i in range(n):
        r = at(seed, i)
        if skewed:
            bit = 1 << (r >> 48 & 7)
            counts[bit + (r & bit - 1)] += 1
        else:
            counts[r & mask] += 1
    out[:] = array("q", counts)


def treesearch(_, stack, odds, children):
    """Depth first, with a list of words and one of depths, both of which hold plain words inside PyPy."""
    depths = [1] * len(stack)
    nodes = leaves = deepest = 0
    while stack:
        h, depth = stack.pop(), depths.pop()
        nodes += 1
        if uint_rshift(h, 32) < odds:
            for k in range(1, children + 1):
                stack.append(mix(h ^ int_mul(k, GAMMA)))
                depths.append(depth + 1)
        else:
            leaves += 1
            if depth > deepest:
                deepest = depth
    return nodes, leaves, deepest


GRAPH = []


def remember_graph(_, *graph):
    GRAPH[:] = graph


def taskgraph(arrays):
    """The last row of the graph that `remember_graph` has kept."""
    own, needs, turns = GRAPH
    previous = []
    for words, needed in zip(own, needs):
        previous = [task(h, [previous[q] for q in need], turns) for h, need in zip(words, needed)]
    arrays[0][:] = array("q", previous)


def task(h, inputs, turns):
    for value in inputs:
        h = mix(h ^ value)
    for _ in range(turns):
        h = mix(int_add(h, GAMMA))
    return h


def wordcount(arrays):
    """Writes the words one after the other, and their counts; returns the text's length and the number of words."""
    text, words, numbers = arrays
    counts = {}
    for word in text.tobytes().split():
        counts[word] = counts.get(word, 0) + 1
    joined = b" ".join(counts)
    words[: len(joined)] = joined
    numbers[: len(counts)] = array("q", counts.values())
    return len(joined), len(counts)


def sort(arrays):
    """A list of machine words, sorted by the interpreter's own sort, which PyPy compiles as any other code."""
    given, out = arrays
    values = given.tolist()
    values.sort()
    out[:] = array("q", values)


def lookup(arrays, seed, changes, n):
    """One thread, so no lock; a list for each word of an entry, since a pair would be an object."""
    (out,) = arrays
    entries = len(out) // 2
    numbers, checks, seen = [0] * entries, [mix(0)] * entries, [0] * entries
    reads = torn = fell = 0
    for i in range(n):
        r = at(seed, i)
        entry = uint_rshift(r, 20) & entries - 1
        number = numbers[entry]
        if r & 1023 < changes:
            numbers[entry], checks[entry] = number + 1, mix(number + 1)
        else:
            reads += 1
            torn += checks[entry] != mix(number)
            fell += number < seen[entry]
            seen[entry] = number
    out[0::2], out[1::2] = array("q", numbers), array("q", checks)
    return reads, torn, fell


if __name__ == "__main__":
    cells = (bubblesort, julia, montecarlo, histogram, treesearch, remember_graph, taskgraph, wordcount, sort, lookup)
    serve({function.__name__: function for function in cells})
