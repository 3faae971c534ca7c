"""Earlier runs of `parallax.bench`: `python -m parallax --show [RUN]` prints one, `--resume [RUN]` continues it."""

import argparse
import sys

from parallax import harness, own
from parallax.errors import Error


def main():
    """Runs the command line; options of the harness may follow."""
    parser = argparse.ArgumentParser("python -m parallax", description=__doc__.splitlines()[0])
    asked = parser.add_mutually_exclusive_group(required=True)
    told = "print the report of a run: its folder, or the newest"
    asked.add_argument("--show", metavar="RUN", nargs="?", const="", help=told)
    asked.add_argument("--resume", metavar="RUN", nargs="?", const="", help="continue a run: its folder, or the newest")
    options, rest = parser.parse_known_args()
    try:
        if options.show is not None:
            return harness.show(options.show or own.newest(), rest)
        own.resume(options.resume or None, rest)
    except Error as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        return harness.INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
