"""Skips a test that needs an optional part, or fails it if PARALLAX_REQUIRE names the part."""

import os
import unittest


def needs(part, lacking):
    """Skips the test if `lacking` says what is missing; if the part is required, raises an error instead."""
    if not lacking:
        return lambda test: test
    if part in os.environ.get("PARALLAX_REQUIRE", "").split(","):
        raise RuntimeError(f"PARALLAX_REQUIRE names '{part}', but it is missing: {lacking}")
    return unittest.skip(f"needs {part}: {lacking}")
