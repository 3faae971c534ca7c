"""scikit-learn's halving finds the best penalty of every input, and trains on fewer rows."""

import unittest
from importlib.util import find_spec

import numpy as np

from peers import suite
from tests.optional import needs


@needs("peers", None if find_spec("sklearn") else "scikit-learn is not installed")
class Halving(unittest.TestCase):
    def test_every_input_keeps_its_best_penalty(self):
        from peers.systems.sklearn_ import gridsearch_halving

        for size in ("tiny", "small", "headline", "medium"):
            for variant in range(4):
                work = suite.make("gridsearch", "", size, variant)
                work.check(gridsearch_halving(work, 1), 1)

    def test_a_rung_trains_on_its_share_of_the_rows_and_the_last_on_all(self):
        from sklearn.linear_model import Ridge

        from peers.systems.sklearn_ import RidgeOfThirds

        work = suite.make("gridsearch", "", "tiny", 0)
        for thirds, rows in [(1, 20), (2, 40), (3, 60)]:
            part = RidgeOfThirds(4.0, thirds).fit(work.x, work.y)
            whole = Ridge(4.0, fit_intercept=False, solver="cholesky").fit(work.x[:rows], work.y[:rows])
            np.testing.assert_array_equal(part.coef_, whole.coef_)


if __name__ == "__main__":
    unittest.main()
