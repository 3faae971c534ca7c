"""Compares two results: whether they are equal, or near enough, and where they first differ."""

import math
import numbers
import reprlib


def difference(got, right, tolerance):
    """Where `got` differs from `right`, as text; None if they are equal.

    Numbers are compared by value, so an array equals a list of its items. With a tolerance, floats may differ by
    that share of the larger, or absolutely by as much below 1.
    """
    if _is_number(got) and _is_number(right):
        return None if _near(got, right, tolerance) else f"{_short(got)}, not {_short(right)}"
    if _is_sequence(got) and _is_sequence(right):
        return _of_sequences(got, right, tolerance)
    if type(got) is not type(right):
        return f"a {type(got).__name__}, not a {type(right).__name__}"
    if isinstance(got, dict):
        return _of_dictionaries(got, right, tolerance)
    if hasattr(got, "equals"):  # tables of pandas and polars, which compare item by item with ==
        return None if got.equals(right) else f"another {type(got).__name__}"
    if type(got).__eq__ is object.__eq__ and hasattr(got, "__dict__"):
        return _of_dictionaries(vars(got), vars(right), tolerance)
    return None if got == right else f"{_short(got)}, not {_short(right)}"


def _of_sequences(got, right, tolerance):
    if len(got) != len(right):
        return f"{len(got)} items, not {len(right)}"
    if _is_array(got) and _is_array(right) and (got.shape, got.dtype.kind) == (right.shape, right.dtype.kind):
        if got.dtype.kind in "biuSU" and (got == right).all():
            return None  # the fast path; the loop below finds where they differ
    for place, (one, other) in enumerate(zip(got, right)):
        if where := difference(one, other, tolerance):
            return f"item {place} is {where}" if not where.startswith("item ") else f"item {place}, {where}"
    return None


def _of_dictionaries(got, right, tolerance):
    if got.keys() != right.keys():
        other = sorted(map(_short, got.keys() ^ right.keys()))
        return f"the keys differ, such as {other[0]}"
    for key, value in got.items():
        if where := difference(value, right[key], tolerance):
            return f"item {_short(key)} is {where}"
    return None


def _near(got, right, tolerance):
    if got == right or (got != got and right != right):
        return True
    whole = isinstance(got, numbers.Integral) and isinstance(right, numbers.Integral)
    if tolerance is None or whole:
        return False
    near = abs(got - right) <= tolerance * max(abs(got), abs(right), 1.0)
    return bool(near) and math.isfinite(abs(got)) and math.isfinite(abs(right))


def _is_number(value):
    return isinstance(value, numbers.Number)


def _is_array(value):
    return type(value).__name__ == "ndarray"


def _is_sequence(value):
    return isinstance(value, (list, tuple)) or (_is_array(value) and value.ndim > 0)


def _short(value):
    scalar = hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0  # NumPy's, whose repr names its type
    return reprlib.repr(value.item() if scalar else value)
