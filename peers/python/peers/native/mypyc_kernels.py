"""mypyc kernels: ordinary Python with type annotations, compiled to C; `i64` is a machine word that wraps around.

There is no unsigned word of 64 bits, so a right shift is followed by a mask. A constant of more than 62 bits would be
an object, unpacked at each use, so the constants of the random numbers come in halves, which the C compiler joins.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i32, i64

GAMMA_HIGH: Final[i64] = -0x61C88647
GAMMA_LOW: Final[i64] = 0x7F4A7C15
A_HIGH: Final[i64] = -0x40A7B893
A_LOW: Final[i64] = 0x1CE4E5B9
B_HIGH: Final[i64] = -0x6B2FB645
B_LOW: Final[i64] = 0x133111EB


def word(high: i64, low: i64) -> i64:
    return high << 32 | low


def mix(z: i64) -> i64:
    z = (z ^ z >> 30 & 0x3FFFFFFFF) * word(A_HIGH, A_LOW)
    z = (z ^ z >> 27 & 0x1FFFFFFFFF) * word(B_HIGH, B_LOW)
    return z ^ z >> 31 & 0x1FFFFFFFF


def at(seed: i64, i: i64) -> i64:
    return mix(seed + (i + 1) * word(GAMMA_HIGH, GAMMA_LOW))


def words(values: list[i64]) -> vec[i64]:
    """The numbers of a list in one block of memory; a list would hold an object for each."""
    return vec[i64](values)


def bubble(given: vec[i64]) -> tuple[vec[i64], i64, i64]:
    values = given[:]
    comparisons: i64 = 0
    swaps: i64 = 0
    end: i64 = len(values)
    while end > 1:
        before = swaps
        left = values[0]
        i: i64 = 1
        while i < end:
            right = values[i]
            if left > right:
                values[i - 1] = right
                swaps += 1
            else:
                values[i - 1] = left
                left = right
            i += 1
        values[end - 1] = left
        comparisons += end - 1
        if swaps == before:
            break
        end -= 1
    return values, comparisons, swaps


def escape_counts(xs: list[float], ys: list[float], limit: i64) -> vec[i32]:
    out = vec[i32](capacity=len(xs) * len(ys))
    for y0 in ys:
        for x0 in xs:
            x, y, steps = x0, y0, i64(0)
            while x * x + y * y < 4.0 and steps < limit:
                t = x * x - y * y - 0.62772
                y = 2.0 * x * y - 0.42193
                x = t
                steps += 1
            out = append(out, i32(steps))
    return out


def inside(seed: i64, samples: i64) -> i64:
    hits: i64 = 0
    i: i64 = 0
    while i < samples:
        x = at(seed, 2 * i) >> 33 & 0x7FFFFFFF
        y = at(seed, 2 * i + 1) >> 33 & 0x7FFFFFFF
        hits += 1 - (x * x + y * y >> 62)  # the sum has 63 bits
        i += 1
    return hits


def count(seed: i64, n: i64, bins: i64, skewed: bool) -> vec[i64]:
    counts = vec[i64]([0] * bins)
    mask = bins - 1
    i: i64 = 0
    while i < n:
        r = at(seed, i)
        if skewed:
            bit = i64(1) << (r >> 48 & 7)
            k = bit + (r & bit - 1)
        else:
            k = r & mask
        counts[k] += 1
        i += 1
    return counts


def walk(branches: list[i64], odds: i64, children: i64) -> tuple[i64, i64, i64]:
    """The nodes, leaves and depth below some branches, with a stack of words and one of depths."""
    stack = vec[i64](branches)
    depths = vec[i64]([1] * len(branches))
    top: i64 = len(stack)
    nodes: i64 = 0
    leaves: i64 = 0
    deepest: i64 = 0
    while top > 0:
        top -= 1
        h = stack[top]
        depth = depths[top]
        nodes += 1
        if h >> 32 & 0xFFFFFFFF < odds:
            k: i64 = 1
            while k <= children:
                child = mix(h ^ k * word(GAMMA_HIGH, GAMMA_LOW))
                if top < len(stack):
                    stack[top] = child
                    depths[top] = depth + 1
                else:
                    stack = append(stack, child)
                    depths = append(depths, depth + 1)
                top += 1
                k += 1
        else:
            leaves += 1
            if depth > deepest:
                deepest = depth
    return nodes, leaves, deepest


def spin(h: i64, turns: i64) -> i64:
    while turns > 0:
        h = mix(h + word(GAMMA_HIGH, GAMMA_LOW))
        turns -= 1
    return h


def graph(own: list[list[i64]], needs: list[list[list[i64]]], turns: i64) -> vec[i64]:
    """The last row of the graph; each task mixes the results that it needs into its own word, then spins."""
    previous = vec[i64]()
    for row in range(len(own)):
        results = vec[i64](capacity=len(own[row]))
        for column in range(len(own[row])):
            h = own[row][column]
            for need in needs[row][column]:
                h = mix(h ^ previous[need])
            results = append(results, spin(h, turns))
        previous = results
    return previous
