"""How often does each word occur in a text? Hash maps, and large accumulators to merge.

    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
"""

import numpy as np

from peers.suite import random
from peers.suite.workload import Mismatch, Workload

LONGEST = 10  # letters of a word
_WORDS = 1 << 16  # words of the text that are written at a time


class Wordcount(Workload):
    """A text; a result is a dictionary of words, which are bytes, and their counts, in any order."""

    NAME, NUMBER, UNIT, LIMIT = "wordcount", 17, "words", "memory bandwidth over the text"
    ANY_SIZE = True

    def make(self):
        self.words = self.counted(10_000, 1_000_000, 1_000_000, 10_000_000, 100_000_000)
        levels = self.of(8, 12, 12, 16, 18)
        self.distinct = 1 << levels  # at most
        self.text = b"".join(written(self.seed, self.words, levels))

    def items(self):
        return self.words

    def traffic(self):
        return float(len(self.text)), 0.0

    def check(self, result, runs):
        wrong = next((word for word in result if not isinstance(word, bytes)), None)
        if wrong is not None:
            raise Mismatch(f"the table counts {wrong!r}, which is not bytes")
        words = sorted(result)
        counts = np.fromiter(map(result.__getitem__, words), np.uint64, len(words))
        return self.check_digest(random.digest(folded(words) ^ random.mix(counts)))


def written(seed, words, levels):
    """The text, in parts: random words, twelve to a line."""
    letters, lengths = spelled(np.arange(1 << levels, dtype=np.uint64))
    places = np.arange(LONGEST + 1)
    for first in range(0, words, _WORDS):
        i = np.arange(first, min(first + _WORDS, words))
        r = random.at(seed, i)
        width = np.uint64(1) << r % np.uint64(levels)
        rank = (width + (r >> np.uint64(8) & width - np.uint64(1))).astype(np.int64)
        rows, ends = letters[rank], lengths[rank]
        rows[np.arange(len(i)), ends] = np.where(i % 12 == 11, ord("\n"), ord(" "))
        yield rows[places <= ends[:, None]].tobytes()


def spelled(ranks):
    """The letters of each word, in a row with room for one more, and the length of each word: three to ten."""
    h = random.mix(ranks.copy())
    shifts = np.uint64(8) + np.uint64(5) * np.arange(LONGEST + 1, dtype=np.uint64)
    letters = (h[:, None] >> shifts & np.uint64(31)) % np.uint64(26) + np.uint64(ord("a"))
    return letters.astype(np.uint8), (np.uint64(3) + h % np.uint64(8)).astype(np.int64)


def folded(words):
    """Each word as a number: its bytes are mixed in, one after the other."""
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    bytes_of_all = np.frombuffer(b"".join(words), np.uint8).astype(np.uint64)
    starts, numbers = np.cumsum(lengths) - lengths, np.zeros(len(words), np.uint64)
    for place in range(int(lengths.max(initial=0))):
        longer = lengths > place
        numbers[longer] = random.mix(numbers[longer] ^ bytes_of_all[starts[longer] + place])
    return numbers


def begins(text, at):
    """The first place from `at` on that is not in a word from before: a part owns the words that begin in it."""
    if at == 0 or at >= len(text) or text[at - 1] <= ord(" "):
        return at
    while at < len(text) and text[at] > ord(" "):
        at += 1
    return at


def part(text, first, last):
    """The words that begin from `first` up to `last`."""
    return text[begins(text, first) : begins(text, last)]
