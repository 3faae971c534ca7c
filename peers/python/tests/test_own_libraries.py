"""`parallax.bench` with each library: all return the same results, or say why they cannot."""

import unittest
from importlib.util import find_spec

from tests.optional import needs
from tests.own_user import SQUARES, Own


@needs("peers", None if find_spec("numba") else "numba is not installed")
class Numba(Own):
    ALL = "sequential,numba,numba-threads,numba-parallel"

    def statuses(self, text, status=0):
        rows, _ = self.rows(text, self.ALL, status)
        return [rows[name]["status"] for name in self.ALL.split(",")], rows

    def test_what_it_cannot_compile_is_refused_with_its_reason(self):
        text = SQUARES.replace("x * x", "len(json.dumps(x))").replace("import", "import json\nimport", 1)
        statuses, rows = self.statuses(text)
        self.assertEqual(statuses, ["measured", "unfit", "unfit", "unfit"])
        self.assertIn("numba cannot compile square: Unknown attribute 'dumps'", rows["numba"]["reason"])

    def test_data_that_are_no_numbers_have_no_loop_over_an_array(self):
        text = SQUARES.replace("x * x", "len(x)").replace("range(20)", '["a", "bc"]')
        rows, _ = self.rows(text, "numba-parallel")
        self.assertEqual(rows["numba-parallel"]["status"], "unfit")
        self.assertIn("its data are not an array of numbers", rows["numba-parallel"]["reason"])

    def test_integers_that_overflow_are_wrong_results(self):
        rows, _ = self.rows(SQUARES.replace("x * x", "x * x * 4_000_000_000_000_000_000"), "sequential,numba", status=1)
        self.assertEqual([rows["sequential"]["status"], rows["numba"]["status"]], ["measured", "failed"])
        self.assertIn("wrong result: item 2 is", rows["numba"]["reason"])

    def test_a_plain_loop_is_compiled_in_three_ways_and_an_array_is_data(self):
        text = SQUARES.replace("import", "import numpy\nimport", 1)
        self.assertEqual(self.statuses(text.replace("range(20)", "numpy.arange(20.0)"))[0], ["measured"] * 4)


@needs("peers", None if all(map(find_spec, ("joblib", "dask", "distributed", "ray"))) else "not all are installed")
class Libraries(Own):
    def test_every_library_gives_the_results_of_one_thread(self):
        rows, _ = self.rows(SQUARES, "joblib,dask-processes,dask-distributed,ray")
        ray = rows.pop("ray")
        self.assertEqual({row["status"] for row in rows.values()}, {"measured"}, rows)
        # a busy machine may be too slow for the time that Ray allows for its start
        self.assertTrue(ray["status"] == "measured" or "timed out during startup" in ray["reason"], ray)


if __name__ == "__main__":
    unittest.main()
