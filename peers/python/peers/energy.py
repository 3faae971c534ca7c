"""The processor's own energy counters (RAPL), read as the Rust runner reads them: see crates/runner/src/energy.rs."""

import os
import re
from pathlib import Path

MOST_WATTS = 1000  # more than a package draws, so no counter wraps around within its range divided by this


class Meter:
    """The counters of all packages; `why_not` is the reason if there is no figure."""

    def __init__(self, root=Path("/")):
        self.counters, self.why_not = [], None
        closed = []
        for folder in _packages(root):
            shown = "/" + str(folder.relative_to(root))
            try:
                self.counters.append(_Counter(folder, shown))
            except PermissionError:
                closed.append(f"{shown}/energy_uj")
            except (OSError, ValueError) as why:
                self.why_not = self.why_not or str(why)
        if closed:
            self.why_not = "RAPL is for root alone: sudo chmod a+r " + " ".join(closed)
        elif not self.counters and not self.why_not:
            self.why_not = (
                "no RAPL here: /sys/class/powercap shows no package, as in most virtual machines and containers"
            )
        self.works = self.why_not is None

    def read(self):
        """The values of all counters; None if one of them cannot be read."""
        if not self.works:
            return None
        try:
            return [counter.read() for counter in self.counters]
        except (OSError, ValueError) as why:
            self.why_not = self.why_not or str(why)
            return None

    def between(self, before, after, wall_ns):
        """The microjoules of all packages between two readings that are `wall_ns` apart."""
        if before is None or after is None:
            return None
        try:
            return sum(counter.used(*ends, wall_ns) for counter, *ends in zip(self.counters, before, after))
        except ValueError as why:
            self.why_not = self.why_not or str(why)
            return None

    def close(self):
        for counter in self.counters:
            counter.close()


class _Counter:
    """The counter of one package, open all the time, so that a reading is one system call."""

    def __init__(self, folder, shown):
        self.shown = f"{shown}/energy_uj"
        range_uj = _text(folder / "max_energy_range_uj")
        if not re.fullmatch("[0-9]+", range_uj) or int(range_uj) == 0:
            raise ValueError(f"{shown}/max_energy_range_uj does not say where the counter goes round")
        self.range_uj = int(range_uj)
        self.file = os.open(folder / "energy_uj", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.read()
        except (OSError, ValueError):
            self.close()
            raise

    def read(self):
        text = os.pread(self.file, 32, 0).strip()
        if not re.fullmatch(b"[0-9]{1,19}", text):
            raise ValueError(f"{self.shown} does not hold a number")
        return int(text)

    def used(self, before, after, wall_ns):
        if wall_ns * MOST_WATTS // 1000 >= self.range_uj:
            raise ValueError(f"{self.shown} may go round more than once within a sample this long")
        if after >= before:
            return after - before
        if before > self.range_uj:
            raise ValueError(f"{self.shown} was beyond its own range")
        return self.range_uj - before + after

    def close(self):
        os.close(self.file)


def _packages(root):
    """The folders of packages, without those of their parts, of the whole board, and of a second interface to them."""
    folder = Path(root) / "sys/class/powercap"
    tops = sorted(path for path in folder.glob("intel-rapl:*") if re.fullmatch("intel-rapl:[0-9]+", path.name))
    return [path for path in tops if _text(path / "name").startswith("package-")]


def _text(path):
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
