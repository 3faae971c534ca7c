"""The load of an open loop: each variant has one, and all variants together have every load."""

import unittest
from types import SimpleNamespace

from peers.load import LOADS, Latency, Report, ServerUnderTest


class Asked:
    """A driver that records its jobs."""

    def __init__(self):
        self.plans = []

    def open(self, port, connections, requests, per_second, seed):
        self.plans.append((requests, per_second))
        latency = Latency(requests, 1000, 2000, 3000, 4000)
        return Report(1_000_000_000, 0, [requests], latency, latency)


def asked(variant, requests):
    served = ServerUnderTest(SimpleNamespace(variant=variant, requests=requests, connections=4, seed=1), "", 1)
    served.port, served.driver = 0, Asked()
    return served.open_loop(10_000.0), served.driver.plans


class OpenLoop(unittest.TestCase):
    def test_each_variant_adds_one_load_and_all_of_them_every_load(self):
        told = [asked(variant, 10_000) for variant in range(4)]
        self.assertEqual([plans for _, plans in told], [[(100 * load, 100.0 * load)] for load in LOADS])
        for load, (metrics, _) in zip(LOADS, told):
            self.assertEqual(metrics[f"open{load}_p999_us"], 3.0)
            self.assertTrue(all(name.startswith(f"open{load}_") for name in metrics))
        self.assertEqual(sorted(LOADS), [25, 50, 75, 90])

    def test_a_loop_is_long_enough_to_show_a_tail_or_is_not_run(self):
        self.assertEqual(asked(2, 1000)[1], [(1000, 2500.0)])
        self.assertEqual(asked(0, 50), ({}, []))


if __name__ == "__main__":
    unittest.main()
