"""A test that needs what a machine may lack is skipped there, or fails if PARALLAX_REQUIRE names it."""

import os
import unittest


def needs(part, lacking):
    """Skips the test if `lacking` says what is missing; where the part is required, its module does not load."""
    if not lacking:
        return lambda test: test
    if part in os.environ.get("PARALLAX_REQUIRE", "").split(","):
        raise RuntimeError(f"PARALLAX_REQUIRE names '{part}', and it is not here: {lacking}")
    return unittest.skip(f"for want of {part}: {lacking}")
