"""Counting words: the suite's text, wrong tables that must be rejected, and parts of a text counted separately."""

import os
import unittest
from collections import Counter
from importlib.util import find_spec

import numpy as np

from peers import suite
from peers.counters import counted, together
from peers.crew import Crew
from peers.pieces import parts
from peers.suite.wordcount import part
from peers.suite.workload import Mismatch
from tests.optional import needs


class Text(unittest.TestCase):
    def test_texts_are_the_published_ones(self):
        for size, length, distinct, digest in [
            ("tiny", 73_270, 255, 0xD30BCBF657E85803),
            ("small", 7_389_362, 4087, 0x0C931C9636E7FF44),
        ]:
            work = suite.make("wordcount", "", size, 0)
            counts = Counter(work.text.split())
            self.assertEqual((len(work.text), len(counts), work.check(counts, 1)), (length, distinct, digest))
            self.assertLessEqual(len(counts), work.distinct)

    def test_wrong_tables_are_rejected_and_their_order_does_not_matter(self):
        work = suite.make("wordcount", "", "tiny", 1)
        right = Counter(work.text.split())
        work.check(dict(sorted(right.items(), key=lambda pair: pair[1])), 1)
        word, other = list(right)[:2]
        fewer = {key: count for key, count in right.items() if key != word}
        swapped = right | {word: right[other], other: right[word]}
        self.assertNotEqual(right[word], right[other])
        strings = {key.decode(): count for key, count in right.items()}
        for wrong in [{}, fewer, right | {word: right[word] + 1}, right | {b"poison": 1}, swapped, strings]:
            with self.assertRaises(Mismatch):
                work.check(wrong, 1)


class Parts(unittest.TestCase):
    def test_a_word_belongs_to_the_part_that_it_begins_in(self):
        tiny = suite.make("wordcount", "", "tiny", 0).text
        for text in [b"", b" ", b"word", b" a  bc\nd ", b"a" * 50 + b" b", tiny[:999]]:
            for length in (1, 2, 7, 100, 998):
                cuts = range(0, len(text), length)
                words = [word for at in cuts for word in part(text, at, min(at + length, len(text))).split()]
                self.assertEqual(words, text.split(), f"parts of {length}")

    def test_counts_of_parts_make_the_counts_of_the_whole(self):
        work = suite.make("wordcount", "", "tiny", 2)
        for workers in (1, 2, 5):
            work.check(together(counted(work.text, *bounds) for bounds in parts(len(work.text), workers)), 1)
        self.assertEqual(together([]), {})


@needs("peers", None if find_spec("numba") else "numba is not installed")
class Compiled(unittest.TestCase):
    def words(self, text, workers):
        from peers.numba_kernels import texts

        array = np.frombuffer(text, np.uint8)
        tables = [texts.counted(array, *bounds) for bounds in parts(len(text), workers)]
        return texts.dictionary(text, texts.together(array, np.concatenate(tables)))

    def test_tables_of_parts_make_that_of_the_whole(self):
        tiny = suite.make("wordcount", "", "tiny", 0).text
        for text in [b" ", b"word", b" a  bc\nd a", b"a" * 50 + b" " + b"a" * 49, tiny]:
            for workers in (1, 2, 5):
                self.assertEqual(self.words(text, workers), Counter(text.split()))

    def test_a_table_grows_with_its_words(self):
        text = b" ".join(b"%d" % (k % 3000) for k in range(7000))
        self.assertEqual(self.words(text, 1), Counter(text.split()))
        self.assertEqual(self.words(text, 3), Counter(text.split()))


class Crews(unittest.TestCase):
    def test_a_process_that_ends_is_noticed(self):
        with Crew([(int, "7"), (os._exit, 3)]) as crew:
            crew.begin()
            self.assertEqual(crew.pipes[0].recv(), 7)
            with self.assertRaises(EOFError):
                crew.pipes[1].recv()


if __name__ == "__main__":
    unittest.main()
