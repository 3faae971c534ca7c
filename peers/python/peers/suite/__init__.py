"""The workloads as any language makes them: the same inputs, bit for bit, and the same checks."""

from importlib import import_module

# Which module has which workload; a worker imports only what it is asked for.
_WHERE = {
    "stream": ("stream", "Stream"),
    "matmul": ("matmul", "Matmul"),
    "expression": ("expression", "Expression"),
    "pairwise": ("pairwise", "Pairwise"),
    "julia": ("julia", "Julia"),
    "bubblesort": ("bubblesort", "Bubblesort"),
    "montecarlo": ("montecarlo", "MonteCarlo"),
    "heat": ("heat", "Heat"),
    "taskgraph": ("taskgraph", "TaskGraph"),
    "treesearch": ("treesearch", "TreeSearch"),
    "memo": ("memo", "Memo"),
    "histogram": ("histogram", "Histogram"),
    "mailbox": ("mailbox", "Mailbox"),
    "fanout": ("fanout", "Fanout"),
    "serve": ("serve", "Routes"),
    "gridsearch": ("gridsearch", "GridSearch"),
}

CASES = {
    "expression": ["E1", "E2", "E3", "E4", "E5", "E6"],
    "taskgraph": ["stencil", "trivial", "fft", "random", "all"],
    "memo": ["128", "16"],
    "histogram": ["256", "1", "skewed", "65536"],
    "mailbox": ["1to1", "4to1", "2x2", "ping-pong", "1KiB", "64KiB", "1MiB"],
    "serve": ["plaintext", "json", "echo", "cpu"],
}

PATTERNS = {
    "stream": "sweep",
    "matmul": "map",
    "expression": "map",
    "pairwise": "map",
    "julia": "map",
    "bubblesort": "scalar",
    "montecarlo": "reduce",
    "heat": "stencil",
    "taskgraph": "graph",
    "treesearch": "search",
    "memo": "recall",
    "histogram": "reduce",
    "mailbox": "channel",
    "fanout": "wait",
    "serve": "reply",
    "gridsearch": "nest",
}

QUESTIONS = {"memo": "remember", "mailbox": "serve", "fanout": "serve", "serve": "serve"}


def workloads():
    """The names of all workloads, in the suite's order."""
    return list(_WHERE)


def cases(workload):
    """The cases of a workload; one without a name where there is one kind of input."""
    return CASES.get(workload, [""])


def make(workload, case, size, variant, turns=None):
    """The input that the suite gives these names."""
    module, name = _WHERE[workload]
    return getattr(import_module(f"peers.suite.{module}"), name)(case, size, variant, turns)
