"""Measures your own Python function: `parallax.bench(f, data)` compares the ways to run it on all cores.

    import parallax

    @parallax.workload
    def f(item): ...

    if __name__ == "__main__":
        parallax.bench(f, data)
"""

from parallax.errors import Error, WrongResult
from parallax.own import Report, bench, show, workload

__all__ = ["Error", "Report", "WrongResult", "bench", "show", "workload"]
