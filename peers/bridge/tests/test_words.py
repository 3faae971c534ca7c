"""`wordcount`, compared with `Counter`: for texts and bytes, in order, by any number of workers."""

import mmap
import random
import tempfile
import unittest
from collections import Counter

import numpy as np
import parallax_rs


def some_text(letters, length):
    """A random text of the given letters, some of which are blanks."""
    drawn = random.Random(7)
    return "".join(drawn.choice(letters) for _ in range(length))


class Words(unittest.TestCase):
    def same(self, text):
        expected = Counter(text.split())
        for workers in (None, 1, 2, 3):
            got = parallax_rs.wordcount(text, workers=workers)
            self.assertEqual(got, expected)
            self.assertEqual(list(got), list(expected))  # in the same order

    def test_words_of_bytes_and_of_texts(self):
        for text in ["", " ", "one", " one\n", some_text("ab \n", 200_000), some_text("äßπ\u3000\u2003 \t", 200_000)]:
            self.same(text)
            self.same(text.encode())

    def test_texts_are_split_where_python_splits_them(self):
        letters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
        self.same("x".join(letters))

    def test_bytes_are_split_where_python_splits_them(self):
        self.same(b"x".join(bytes([code]) for code in range(256)))

    def test_random_bytes_and_letters_are_split_where_python_splits_them(self):
        drawn = random.Random(7)
        blanks = " \n\x00\x08\t\r\x0e\x1b\x1c\x1f\x7f\x80\x85\xa0\u1680\u2028\u3000"
        for length in [1, 63, 64, 65, 127, 200, 5_000, 200_000]:
            for rate in (0.02, 0.2, 0.9):
                every = "".join(
                    drawn.choice(blanks) if drawn.random() < rate else drawn.choice("aeß\u2007") for _ in range(length)
                )
                self.same(every)
                self.same(every.encode())
            for most in (33, 128, 256):
                self.same(bytes(drawn.randrange(most) for _ in range(length)))

    def test_a_part_of_a_buffer_ends_where_it_ends(self):
        text = memoryview(b"to be or not to be" * 10)
        for start in range(0, 70, 7):
            for end in range(start, 140, 11):
                self.assertEqual(parallax_rs.wordcount(text[start:end]), Counter(bytes(text[start:end]).split()))

    def test_one_word_longer_than_a_share_is_one(self):
        self.same("a" * 300_000)
        self.same(b"b" + b" " * 300_000 + b"b")

    def test_whatever_has_a_buffer(self):
        text = b"to be or not to be"
        for same in [bytearray(text), memoryview(text), np.frombuffer(text, np.uint8), memoryview(b"")]:
            self.assertEqual(parallax_rs.wordcount(same), Counter(bytes(same).split()))
        with tempfile.TemporaryFile() as file:
            file.write(text)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                self.assertEqual(parallax_rs.wordcount(mapped), Counter(text.split()))

    def test_what_is_no_text_is_told(self):
        for wrong, kind in [(7, TypeError), (["a"], TypeError), (np.zeros(3), TypeError), ("\ud800", UnicodeEncodeError)]:
            with self.assertRaises(kind):
                parallax_rs.wordcount(wrong)
        with self.assertRaisesRegex(ValueError, "gaps"):
            parallax_rs.wordcount(memoryview(b"a b c")[::2])


if __name__ == "__main__":
    unittest.main()
