"""The worker's own stack samples find the fixture's shares, and a worker runs as long as requested."""

import json
import time
import unittest

from peers import fixtures, sustain
from peers.measure import Loaded
from peers.suite.workload import Mismatch

RIGHT = {"spins_55_percent": 55, "spins_25_percent": 25, "spins_15_percent": 15, "spins_5_percent": 5}


def loaded(function=None):
    """The fixture, ready to run."""
    from peers.fixture import hotspots

    work = fixtures.Spun("tiny")
    return Loaded(work, function or hotspots.hotspots, work, None)


def looks(ready, least):
    """The open functions of each stack sample; at least `least` samples, even on a busy machine."""
    seen = []
    while len(seen) < least:
        looked = sustain.sustain(ready, {"at_least_ns": 500_000_000, "hertz": 499})["looked"]
        open_ = [{looked["frames"][frame]["function"] for frame in stack} for stack in looked["stacks"]]
        seen += [open_[look["stack"]] for look in looked["looks"]]
        json.dumps(looked)
    return seen


class TestSustain(unittest.TestCase):
    def test_it_runs_as_long_as_it_is_asked_to_and_tells_when_the_clock_ran(self):
        began = time.monotonic_ns()
        reply = sustain.sustain(loaded(), {"at_least_ns": 50_000_000})
        windows = reply["windows"]
        self.assertGreaterEqual(sum(to - from_ for from_, to in windows), 50_000_000)
        self.assertTrue(all(began <= from_ <= to for from_, to in windows))
        self.assertNotIn("looked", reply)

    def test_a_number_of_calls_is_one_batch(self):
        reply = sustain.sustain(loaded(), {"at_least_ns": 0, "calls": 7})
        self.assertEqual((reply["runs"], len(reply["windows"])), (7, 1))

    def test_a_wrong_result_is_nothing_to_look_at(self):
        with self.assertRaises(Mismatch):
            sustain.sustain(loaded(lambda *_: 1), {"at_least_ns": 1})

    def test_the_fixture_is_seen_within_ten_points(self):
        # the error of chance is 3 points in the mean, and above 8 once in 100,000 times
        seen = looks(loaded(), 1500)
        shares = {name: 100 * sum(name in open_ for open_ in seen) / len(seen) for name in RIGHT}
        self.assertLess(sum(abs(shares[name] - right) for name, right in RIGHT.items()), 10, shares)

    def test_a_function_that_does_nothing_is_not_seen(self):
        def idle(work, _):
            time.sleep(0.05)
            return work.right

        looked = sustain.sustain(loaded(idle), {"at_least_ns": 200_000_000, "hertz": 499})["looked"]
        self.assertLess(len(looked["looks"]), 10)

    def test_waiting_threads_are_not_seen(self):
        import threading

        def waits(work, _):
            from peers.fixture import hotspots

            results = []
            thread = threading.Thread(target=lambda: results.append(hotspots.hotspots(work, None)))
            thread.start()
            thread.join()
            return results[0]

        seen = looks(loaded(waits), 100)
        self.assertGreater(sum(any("hotspots" in name for name in open_) for open_ in seen), 0.8 * len(seen))
        self.assertLess(sum("Thread.join" in open_ or "join" in open_ for open_ in seen), 0.1 * len(seen))


if __name__ == "__main__":
    unittest.main()
