"""Python's own tools that are written in C: `Counter` for words, and `sorted`."""

from collections import Counter
from operator import itemgetter

from peers.cells import cell

LIBRARIES = []

TECHNIQUES = {
    "counter": {
        "idea": "`collections.Counter` counts any hashable items, in a loop written in C",
        "gives": "a table of counts in one line",
        "costs": "an object for each word, which `split` makes first, and one core",
        "cores": "one",
    },
    "sorted": {
        "idea": "`sorted` finds runs that are already in order, and merges them; equal items keep their order",
        "gives": "anything that can be compared, by any key, in one line",
        "costs": "an object for each item, a call or more for each comparison of most types, and one core",
        "cores": "one",
    },
}


@cell("wordcount", "counter")
def wordcount(work, _):
    return Counter(work.text.split())


def listed(work, _):
    return work.keys.tolist()


@cell("sort", "sorted", load=listed, cases=["random", "nearly"], algorithm="stable")
def sort(keys, _):
    return sorted(keys)


def pairs(work, _):
    """Records as pairs of a key and an index."""
    return list(zip(work.records["key"].tolist(), work.records["index"].tolist()))


@cell("sort", "sorted", load=pairs, cases=["stable"])
def sort_records(records, _):
    return sorted(records, key=itemgetter(0))
