"""Prints the systems, their versions and their missing dependencies as JSON; imports none of the systems."""

import json
import sys

from peers import cells


def entry(system):
    """A system with its versions, or the reason why it is absent and the command that installs it."""
    found = [(library, system.version(library)) for library in system.libraries]
    versions = [f"{library} {version}" for library, version in found if version is not None]
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
