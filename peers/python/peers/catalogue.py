"""Which systems there are and what they lack, as JSON; reads sources and installed versions, imports none of them."""

import json
import shutil
import sys
from importlib import metadata

from peers import cells, native

INSTALL = "cargo xtask peers install"


def entry(system):
    """A system with its versions, or why it is absent and what fetches it."""
    versions, missing = [], []
    for library in system.libraries:
        try:
            versions.append(f"{library} {metadata.version(library)}")
        except metadata.PackageNotFoundError:
            missing.append(library)
    absent, fetch = None, None
    if missing:
        absent, fetch = f"{', '.join(missing)} not installed", INSTALL
    elif system.name == "celery" and shutil.which("redis-server") is None:
        absent, fetch = "redis-server is not on PATH", "apt-get install redis-server"
    elif system.name in native.MODULES and (why := native.absent(system.name)):
        absent, fetch = why, INSTALL
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
