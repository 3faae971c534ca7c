"""multiprocessing and ProcessPoolExecutor: an interpreter for each core, with pickled arguments and results.

The input is not pickled: the processes are forked after it is made, and inherit it.
"""

from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain

import numpy as np

from peers import pieces
from peers.cells import cell, start
from peers.counters import counted, together
from peers.crew import FORK, Crew
from peers.load import dies_with_parent
from peers.pieces import BufferConsumer, fill, grid, in_rounds, inside, parts, row_by_row
from peers.suite.mailbox import tally
from peers.systems.pure import hits, julia_row, task

LIBRARIES = ["numba", "numpy"]

TECHNIQUES = {
    "multiprocessing-pool": {
        "idea": "a pool of processes receives calls of compiled work and returns results, both pickled",
        "gives": "all cores, for work of any kind",
        "costs": "a copy of every argument and result, and tens of microseconds per call",
        "cores": "workers",
    },
    "multiprocessing-pool-pure": {
        "idea": "the same pool with bodies of pure Python",
        "gives": "all cores for pure Python",
        "costs": "a copy of every argument and result, and the interpreter's time for every operation",
        "cores": "workers",
    },
    "process-pool": {
        "idea": "concurrent.futures over processes: a pool with futures",
        "gives": "one interface for threads and processes",
        "costs": "a thread that pickles, and more time per call than `Pool`",
        "cores": "workers",
    },
}


@start("multiprocessing-pool", "multiprocessing-pool-pure")
def pools(workers):
    yield FORK.Pool, workers, {}


@start("process-pool")
def executors(workers):
    yield ProcessPoolExecutor, workers, {"mp_context": FORK}


class Kept:
    """The value that the processes of a pool inherited when they were forked."""

    @classmethod
    def keep(cls, value):
        dies_with_parent()
        cls.value = value


class Pool:
    """A pool of either kind, whose processes have the input, and the workload."""

    def __init__(self, work, pool, workers):
        self.work, self.pool, self.workers = work, pool, workers

    def map(self, function, calls, at_a_time=1):
        return self.pool.map(function, calls, chunksize=at_a_time)


def pooled(make):
    """The load of a cell: forks a pool whose processes have the result of `make` for the workload."""

    @contextmanager
    def load(work, started):
        kind, workers, context = started
        with kind(workers, initializer=Kept.keep, initargs=(make(work),), **context) as pool:
            list(pool.map(abs, range(4 * workers)))
            yield Pool(work, pool, workers)

    return load


def itself(work):
    return work


def _rows(bounds):
    work = Kept.value
    return pieces.rows(work.xs, work.ys[slice(*bounds)], work.limit)


@cell("julia", "multiprocessing-pool", "process-pool", load=pooled(itself), kernel="pieces.py:rows")
def julia(loaded, _):
    """Blocks of rows; each free process takes the next one."""
    blocks = loaded.work.as_tasks(parts(len(loaded.work.ys), 16 * loaded.workers))
    return np.concatenate(list(loaded.map(_rows, blocks)))


def _rows_pure(bounds):
    xs, work = Kept.value
    return [julia_row(xs, y, work.limit) for y in work.ys[slice(*bounds)].tolist()]


@cell("julia", "multiprocessing-pool-pure", load=pooled(lambda work: (work.xs.tolist(), work)))
def julia_pure(loaded, _):
    return np.concatenate(list(loaded.map(_rows_pure, parts(len(loaded.work.ys), 16 * loaded.workers))))


def _inside(bounds):
    return inside(Kept.value.seed, *bounds)


@cell("montecarlo", "multiprocessing-pool", "process-pool", load=pooled(itself), kernel="pieces.py:inside")
def montecarlo(loaded, _):
    return sum(loaded.map(_inside, loaded.work.as_tasks(parts(loaded.work.samples, loaded.workers))))


def _hits(bounds):
    return hits(Kept.value.seed, *bounds)


@cell("montecarlo", "multiprocessing-pool-pure", load=pooled(itself), slow={"medium": "four minutes"})
def montecarlo_pure(loaded, _):
    return sum(loaded.map(_hits, parts(loaded.work.samples, 4 * loaded.workers)))


def _block(call):
    return pieces.block(Kept.value, *call)


@cell("taskgraph", "multiprocessing-pool", "process-pool", load=pooled(grid), kernel="pieces.py:block")
def taskgraph(loaded, _):
    """Row by row: each process gets a share of the columns and the row before."""
    return row_by_row(loaded.work, loaded.workers, lambda calls: loaded.map(_block, calls))


def _tasks(call):
    work, (row, first, last, before) = Kept.value, call
    own, needs = work.own[row][first:last], work.needs[row][first:last]
    return [task(h, [before[q] for q in need], work.turns) for h, need in zip(own, needs)]


@cell("taskgraph", "multiprocessing-pool-pure", load=pooled(itself), alone="pure-python")
def taskgraph_pure(loaded, _):
    work, before = loaded.work, []
    for row in range(work.depth):
        shares = loaded.map(_tasks, [(row, *share, before) for share in parts(work.width, loaded.workers)])
        before = [value for share in shares for value in share]
    return before


def _walk(call):
    return pieces.walk(*call)


@cell("treesearch", "multiprocessing-pool", "process-pool", load=pooled(itself), kernel="pieces.py:walk")
def treesearch(loaded, _):
    """A share of the nodes for each process, dealt out again in each round, since subtree sizes are unknown."""
    return in_rounds(loaded.work, loaded.workers, lambda calls: loaded.map(_walk, calls))


def _fit(call):
    work, (fold, penalty) = Kept.value, call
    return pieces.fit(work.x, work.y, *work.split(fold), penalty)


@cell("gridsearch", "multiprocessing-pool", "process-pool", load=pooled(itself), kernel="pieces.py:fit")
def gridsearch(loaded, _):
    """A call names a penalty and a fold; the table is in every process."""
    fits = [(fold, penalty) for penalty in loaded.work.penalties.tolist() for fold in range(5)]
    each = max(1, len(fits) // (4 * loaded.workers))
    return np.array(list(loaded.map(_fit, loaded.work.as_tasks(fits), each))).reshape(-1, 5)


def _send_words(pipe, messages):
    for message in messages:
        pipe.send_bytes(message.to_bytes(8, "little"))


def _receive_words(pipe, count, producers):
    received = b"".join([pipe.recv_bytes() for _ in range(count)])
    return tally(np.frombuffer(received, np.uint64), producers)


@contextmanager
def one_way(work, _):
    receiver, sender = FORK.Pipe(duplex=False)
    producers = [(_send_words, sender, work.numbers(k)) for k in range(work.producers)]
    with Crew([(_receive_words, receiver, work.count, work.producers), *producers]) as crew:
        yield crew


@cell("mailbox", "multiprocessing-pool", cases=["1to1", "4to1"], load=one_way, slow={"medium": "a minute and more"})
def mailbox(crew, _):
    """A `Pipe`, whose short writes are atomic, so that producers need no lock, unlike those of a `SimpleQueue`."""
    crew.begin()
    return crew.results()[:1]


def _answer(pipe, count):
    received = []
    for _ in range(count):
        received.append(pipe.recv_bytes())
        pipe.send_bytes(b"")
    return tally(np.frombuffer(b"".join(received), np.uint64), 1)


@contextmanager
def both_ways(work, _):
    here, there = FORK.Pipe()
    with Crew([(_answer, there, work.count)]) as crew:
        yield work, here, crew


@cell("mailbox", "multiprocessing-pool", cases=["ping-pong"], load=both_ways)
def ping_pong(loaded, _):
    """A `Pipe`: a system call for each message, and one more to read its length."""
    work, pipe, crew = loaded
    crew.begin()
    for message in work.numbers(0):
        pipe.send_bytes(message.to_bytes(8, "little"))
        pipe.recv_bytes()
    return crew.results()


def _take(pipe, words, count):
    consumer, buffer = BufferConsumer(words), np.empty(words, np.uint64)
    for _ in range(count):
        pipe.recv_bytes_into(buffer)
        consumer.take(buffer)
    return consumer.tally()


@contextmanager
def bytes_one_way(work, _):
    receiver, sender = FORK.Pipe(duplex=False)
    with Crew([(_take, receiver, work.words, work.count)]) as crew:
        yield work, sender, crew


@cell("mailbox", "multiprocessing-pool", cases=["1KiB", "64KiB", "1MiB"], load=bytes_one_way, kernel="pieces.py:fill")
def buffers(loaded, _):
    """Bytes through a `Pipe`, copied in and copied out, into one buffer on each side."""
    work, pipe, crew = loaded
    crew.begin()
    buffer = np.empty(work.words, np.uint64)
    for number in range(work.count):
        fill(number, buffer)
        pipe.send_bytes(buffer)
    return crew.results()


def _counted(bounds):
    return counted(Kept.value.text, *bounds)


@cell("wordcount", "multiprocessing-pool", "process-pool", load=pooled(itself), kernel="counters.py:counted")
def wordcount(loaded, _):
    """A part of the text for each process, which returns a dictionary."""
    return together(loaded.map(_counted, loaded.work.as_tasks(parts(len(loaded.work.text), loaded.workers))))


def _sorted(bounds):
    return sorted(Kept.value[slice(*bounds)])


lists = pooled(lambda work: work.keys.tolist())


@cell("sort", "multiprocessing-pool-pure", load=lists, cases=["random", "nearly"], algorithm="stable")
def sort(loaded, _):
    """The returned lists are sorted, so they are runs, which `sorted` finds and merges."""
    return sorted(chain.from_iterable(loaded.map(_sorted, parts(loaded.work.n, loaded.workers))))
