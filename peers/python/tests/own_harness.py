"""A harness for tests: it requests one run of each technique from its worker, and keeps the results."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ONCE = {"samples": 1, "least_samples": 1, "parity_ns": 0, "min_sample_ns": 0, "warmup_ns": 0, "max_warmup_ns": 0}
ONCE |= {"long_ns": 0}


class Worker:
    """A worker that is started, queried and ended by the protocol."""

    def __init__(self, words):
        theirs, requests = os.pipe()
        replies, back = os.pipe()
        self.child = subprocess.Popen([*words, "--channel", f"{theirs},{back}"], pass_fds=(theirs, back))
        os.close(theirs), os.close(back)
        self.requests, self.replies = os.fdopen(requests, "w"), os.fdopen(replies)

    def ask(self, **request):
        print(json.dumps(request), file=self.requests, flush=True)
        return json.loads(self.replies.readline())

    def end(self):
        self.ask(do="shutdown")
        self.child.wait()
        self.requests.close(), self.replies.close()


def row(words, name, technique):
    """The result of one technique in a separate process."""
    worker = Worker(words)
    told = worker.ask(do="prepare", workload=name, case="", technique=technique, size="small", variant=1, workers=2)
    if told["reply"] == "ready":
        told = worker.ask(do="measure", **ONCE)
    worker.end()
    status = "measured" if told["reply"] == "measured" else told["status"]
    return {"technique": technique, "status": status, "reason": told.get("reason")}


def main(arguments):
    """Does what `xtask own` does, except measuring."""
    at = arguments.index("--")
    options, words = arguments[:at], arguments[at + 1 :]
    name = next(word.partition("=")[2] for word in options if word.startswith("--name="))
    run = Path(options[options.index("--out" if "--out" in options else "--resume") + 1])
    if os.environ.get("OWN_TEST_FAILS"):
        return 1
    run.mkdir(parents=True, exist_ok=True)
    (run / "plan.json").write_text("{}")
    (run / "asked.json").write_text(json.dumps(options))
    if os.environ.get("OWN_TEST_WAITS"):
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            return 130
    worker = Worker(words)
    hello, cells = worker.ask(do="hello"), worker.ask(do="list")["cells"]
    worker.end()
    wanted = os.environ.get("OWN_TEST_TECHNIQUES", "sequential").split(",")
    rows = [row(words, name, cell["technique"]) for cell in cells if cell["technique"] in wanted]
    (run / "summary.json").write_text(json.dumps({"family": hello["family"], "listed": cells, "cells": rows}))
    print("the report")
    return int(any((row["reason"] or "").startswith("wrong result") for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
