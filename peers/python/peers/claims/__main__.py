"""Re-runs a claim and prints the outcome as JSON: `python -m peers.claims NAME`; without a name, prints the ledger."""

import importlib
import json
import os
import pkgutil
import sys

from peers import claims


def load():
    """Imports every module of this package, which registers its studies."""
    for module in pkgutil.iter_modules(claims.__path__):
        if module.name != "__main__":
            importlib.import_module(f"peers.claims.{module.name}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(json.dumps(claims.ledger()))
    else:
        load()
        # the output of libraries must not mix with the outcome
        out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)
        print(json.dumps(claims.rerun(sys.argv[1])), file=out, flush=True)
