"""Re-runs one claim and prints the outcome as JSON: `python -m peers.claims NAME`; without a name, the ledger."""

import json
import sys

from peers import claims

if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(json.dumps(claims.ledger()))
    else:
        from peers.claims import arrays, calls, workers  # noqa: F401  (they register themselves)

        print(json.dumps(claims.RUNS[sys.argv[1]]()))
