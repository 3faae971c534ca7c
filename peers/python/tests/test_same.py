"""Comparison of results: which are the same, and how a difference is described."""

import math
import unittest
from dataclasses import dataclass

import numpy as np

from parallax.same import difference


class Plain:
    """An object that is equal only to itself."""

    def __init__(self, value):
        self.value = value


@dataclass
class Point:
    """An object that is compared by its fields."""

    x: float


class Same(unittest.TestCase):
    def assertSame(self, got, right, tolerance=None):
        self.assertIsNone(difference(got, right, tolerance))

    def assertDiffers(self, got, right, where, tolerance=None):
        self.assertEqual(difference(got, right, tolerance), where)

    def test_numbers_are_held_by_value(self):
        self.assertSame([1, 2.0, math.nan], np.array([1.0, 2.0, math.nan]))
        self.assertSame([np.float64(2.0)], (2.0,))
        self.assertDiffers([1, 2], [1, 3], "item 1 is 2, not 3")
        self.assertDiffers([1], [1, 2], "1 items, not 2")
        self.assertDiffers(np.array([1, 2]), np.array([1, 4]), "item 1 is 2, not 4")
        self.assertDiffers([math.inf], [1.0], "item 0 is inf, not 1.0", 1e-3)

    def test_a_tolerance_is_relative_for_large_floats_and_absolute_for_small(self):
        self.assertSame([1e12], [1e12 + 1.0], 1e-9)
        self.assertSame([0.0], [1e-10], 1e-9)
        self.assertIsNotNone(difference([0.0], [1e-6], 1e-9))
        self.assertIsNotNone(difference([1.0], [1.0 + 1e-12], None))
        self.assertIsNotNone(difference([10**12], [10**12 + 1], 1e-9), "integers are counted, not rounded")

    def test_what_holds_other_things_is_compared_by_them(self):
        self.assertSame([{"a": [1, (2, "b")]}], [{"a": [1, (2, "b")]}])
        self.assertDiffers([{"a": [1, 2]}], [{"a": [1, 3]}], "item 0, item 'a' is item 1 is 2, not 3")
        self.assertDiffers({"a": 1}, {"b": 1}, "the keys differ, such as 'a'")
        self.assertSame(Point(1.0), Point(1.0))
        self.assertSame(Plain(Plain(1)), Plain(Plain(1)))
        self.assertIsNotNone(difference(Plain(1), Plain(2), None))

    def test_another_kind_of_result_is_another_result(self):
        self.assertDiffers([None], [1], "item 0 is a NoneType, not a int")
        self.assertDiffers("1", 1, "a str, not a int")
        self.assertDiffers(None, [1], "a NoneType, not a list")


if __name__ == "__main__":
    unittest.main()
