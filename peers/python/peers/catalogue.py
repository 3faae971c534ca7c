"""Which systems there are and what they lack, as JSON; reads sources and installed versions, imports none of them."""

import json
import sys

from peers import cells


def entry(system):
    """A system with its versions, or why it is absent and what fetches it."""
    told = [(library, system.version(library)) for library in system.libraries]
    versions = [f"{library} {version}" for library, version in told if version is not None]
    absent, fetch = system.absent() or (None, None)
    return {
        "system": system.name,
        "about": system.about,
        "techniques": list(system.techniques),
        "versions": versions or [f"python {sys.version.split()[0]}"],
        "absent": absent,
        "fetch": fetch,
    }


if __name__ == "__main__":
    print(json.dumps([entry(system) for system in cells.systems()]))
