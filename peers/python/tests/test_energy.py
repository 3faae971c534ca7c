"""Energy counters of a made-up machine: sums, wrap-around, and the reason if there is no figure."""

import tempfile
import unittest
from pathlib import Path

from peers.energy import Meter
from peers.measure import Loaded
from peers.suite.workload import Workload

SECOND = 1_000_000_000


class Writes(Workload):
    """A workload whose poison and check use energy as well."""

    NAME = "writes"
    counter = None

    def spoil(self):
        self.counter.write_text("100")

    def check(self, result, runs):
        self.counter.write_text("900")
        return 0


class Energy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def domain(self, folder, name="package-0", counter="1", range_uj="65532610987"):
        folder = self.root / "sys/class/powercap" / folder
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in (("name", name), ("energy_uj", counter), ("max_energy_range_uj", range_uj)):
            (folder / file).write_text(text + "\n")
        return folder / "energy_uj"

    def meter(self):
        meter = Meter(self.root)
        self.addCleanup(meter.close)
        return meter

    def test_packages_are_added_up_and_nothing_is_counted_twice(self):
        counters = [self.domain("intel-rapl:0", counter="1000"), self.domain("intel-rapl:1", "package-1", "5000")]
        others = [("intel-rapl:0:0", "core"), ("intel-rapl:2", "psys"), ("intel-rapl-mmio:0", "package-0")]
        others = [self.domain(*other) for other in others]
        meter = self.meter()
        before = meter.read()
        for counter, text in zip(counters + others, ["3000", "5400", "999", "999", "999"]):
            counter.write_text(text)
        self.assertEqual((meter.between(before, meter.read(), SECOND), meter.why_not), (2400, None))

    def test_a_counter_that_goes_round_goes_on_from_its_range(self):
        counter = self.domain("intel-rapl:0", counter="65532610000")
        meter = self.meter()
        before = meter.read()
        counter.write_text("13")
        self.assertEqual(meter.between(before, meter.read(), 65 * SECOND), 1000)
        self.assertIsNone(meter.between(before, meter.read(), 66 * SECOND))
        self.assertIn("more than once", meter.why_not)

    def test_what_is_no_counter_is_no_figure_and_says_so(self):
        self.assertIn("no RAPL here", self.meter().why_not)
        for counter in ("", "-1", "many", "1 2", "9" * 40):
            self.domain("intel-rapl:0", counter=counter)
            meter = self.meter()
            self.assertEqual((meter.read(), "does not hold a number" in meter.why_not), (None, True), counter)
        for range_uj in ("", "0", "far"):
            self.domain("intel-rapl:0", range_uj=range_uj)
            self.assertIn("max_energy_range_uj", self.meter().why_not)

    def test_neither_poison_nor_check_is_part_of_a_sample(self):
        work = Writes("", "tiny", 0)
        work.counter = self.domain("intel-rapl:0", counter="5")
        loaded = Loaded(work, lambda *_: work.counter.write_text("150"), None, None)
        loaded.meter = self.meter()
        self.assertEqual(loaded.sample(1, lambda _: False).sample["energy_uj"], 50)


if __name__ == "__main__":
    unittest.main()
