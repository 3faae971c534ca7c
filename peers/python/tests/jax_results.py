"""JAX writes each result over the one before the last, so the last result stays unchanged."""

import unittest

import numpy as np

from peers import suite


class Results(unittest.TestCase):
    def setUp(self):
        import jax

        jax.config.update("jax_enable_x64", True)

    def test_memory_is_reused_and_the_last_result_is_not_written_to(self):
        from peers.systems import jax_

        work = suite.make("pairwise", "", "small", 0)
        call, addresses, last = jax_.points(work, 1), set(), None
        for _ in range(6):
            before = None if last is None else last.copy()
            result = call()
            addresses.add(result.ctypes.data)
            work.check(result, 1)
            self.assertTrue(before is None or np.array_equal(before, last))
            last = result
        self.assertLessEqual(len(addresses), 3)  # two that take turns, and one from before the first donation

    def test_a_result_from_before_is_not_there_after_it_was_spoiled(self):
        from peers.systems import jax_

        work = suite.make("expression", "E4", "tiny", 0)
        call = jax_.formula(work, 1)
        call()
        work.spoil()
        self.assertFalse(np.asarray(call.last).any() or np.asarray(call.spare).any())
        work.check(call(), 1)

    def test_sums_go_on_from_the_run_before(self):
        from peers.systems import jax_

        work = suite.make("stream", "", "tiny", 0)
        triad = jax_.Triad(work, 1)
        for runs in (1, 2, 3):
            work.check(jax_.stream(triad, 1), runs)
        work.spoil()
        work.check(jax_.stream(triad, 1), 1)


if __name__ == "__main__":
    unittest.main()
