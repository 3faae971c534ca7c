"""The settings of a technique's process: environment variables, numbers of threads, and cores."""

import json
import os

# The values that the settings of the current technique have replaced, as JSON.
PREVIOUS = "PARALLAX_PEER_BEFORE"

# How often the waiting threads of GCC's OpenMP poll before they sleep, all of them together: some ten microseconds,
# and few enough that the host of a virtual machine does not preempt them, as for the Rust workers.
OPENMP_LOOKS = 1_000


def previous_environment():
    """The environment without the settings of the technique that this process was started for."""
    environment = dict(os.environ)
    for name, value in json.loads(environment.pop(PREVIOUS, "{}")).items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value
    return environment


def thread_limits(workers):
    """The variables from which libraries read at import how many threads to start."""
    names = ("BLIS", "MKL", "NUMBA", "NUMEXPR", "OMP", "OPENBLAS", "RAYON", "VECLIB")
    counts = {f"{name}_NUM_THREADS": str(workers) for name in names}
    return counts | {
        "NPROC": str(workers),  # XLA's threads
        "NUMEXPR_MAX_THREADS": str(workers),
        "POLARS_MAX_THREADS": str(workers),
        "OMP_WAIT_POLICY": "passive",  # threads that spin after their work would count as work outside the clock
        "GOMP_SPINCOUNT": str(OPENMP_LOOKS // max(workers, 1)),
        "OPENBLAS_THREAD_TIMEOUT": "4",
    }


def pin_to_cores(workers):
    """Restricts this process and its children to the declared number of cores, if the machine has more."""
    allowed = sorted(os.sched_getaffinity(0))
    if 1 < workers < len(allowed):
        os.sched_setaffinity(0, allowed[:workers])
