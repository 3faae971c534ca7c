"""The workloads in Python: the same inputs as the Rust suite, bit for bit, and the same checks."""

from importlib import import_module

# The class of each workload, in the module of the workload's name; a worker imports only the one it needs.
_CLASSES = {
    "stream": "Stream",
    "matmul": "Matmul",
    "expression": "Expression",
    "pairwise": "Pairwise",
    "julia": "Julia",
    "bubblesort": "Bubblesort",
    "montecarlo": "MonteCarlo",
    "heat": "Heat",
    "taskgraph": "TaskGraph",
    "treesearch": "TreeSearch",
    "memo": "Memo",
    "histogram": "Histogram",
    "mailbox": "Mailbox",
    "fanout": "Fanout",
    "serve": "Serve",
    "gridsearch": "GridSearch",
    "wordcount": "Wordcount",
    "sort": "Sort",
    "lookup": "Lookup",
}

# The classes of cases that are a different kind of problem, in a module whose name begins with the workload's.
_OF_CASES = {("fanout", case): ("fanout_urgent", "Urgent") for case in ("deadline", "overload")}

CASES = {
    "matmul": ["", "f32"],
    "expression": ["E1", "E2", "E3", "E4", "E5", "E6"],
    "taskgraph": ["stencil", "trivial", "fft", "random", "all"],
    "memo": ["128", "16"],
    "histogram": ["256", "1", "skewed", "65536"],
    "mailbox": ["1to1", "4to1", "2x2", "ping-pong", "1KiB", "64KiB", "1MiB"],
    "fanout": ["", "deadline", "overload"],
    "serve": ["plaintext", "json", "echo", "cpu"],
    "sort": ["random", "nearly", "stable"],
    "lookup": ["w1", "w0", "w10", "w100"],
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
    "wordcount": "reduce",
    "sort": "divide",
    "lookup": "consult",
}

_PATTERNS_OF_CASES = dict.fromkeys(_OF_CASES, "expire")

QUESTIONS = {"memo": "remember", "mailbox": "exchange", "fanout": "await", "serve": "serve", "lookup": "share"}


def workloads():
    """The names of all workloads, in the suite's order."""
    return list(_CLASSES)


def cases(workload):
    """The cases of a workload; a single nameless one if there is one kind of input."""
    return CASES.get(workload, [""])


def pattern(workload, case):
    """The pattern of a workload's case."""
    return _PATTERNS_OF_CASES.get((workload, case), PATTERNS[workload])


def make(workload, case, size, variant, turns=None, units=None, answer=None):
    """The input of a workload's case at a size and variant; the rest is as in `Workload`."""
    module, name = _OF_CASES.get((workload, case), (workload, _CLASSES[workload]))
    return getattr(import_module(f"peers.suite.{module}"), name)(case, size, variant, turns, units, answer)
