"""What libraries bring: the distributions that they stand on, and how much room these take where they are installed."""

import json
import sys
from importlib import metadata
from pathlib import Path

try:
    from packaging.requirements import Requirement
except ImportError:
    from pip._vendor.packaging.requirements import Requirement


def closure(names, distribution=metadata.distribution):
    """The distributions that are installed for these libraries, by name; what only an extra asks for is left out."""
    found, open_names = {}, [(name, True) for name in names]
    while open_names:
        name, needed = open_names.pop()
        try:
            of = distribution(name)
        except metadata.PackageNotFoundError:
            if needed:
                raise
            continue
        key = of.metadata["Name"].lower().replace("_", "-")
        if key not in found:
            found[key] = of
            open_names += [(name, False) for name in _required(of)]
    return found


def _required(distribution):
    requirements = map(Requirement, distribution.requires or [])
    return [of.name for of in requirements if of.marker is None or of.marker.evaluate({"extra": ""})]


def size(distribution):
    """Bytes of the files of a distribution that are there; compiled Python does not count, for it is made anew."""
    paths = (Path(distribution.locate_file(file)) for file in distribution.files or [])
    return sum(path.stat().st_size for path in paths if path.suffix != ".pyc" and path.is_file())


def brought(libraries):
    """How many distributions some libraries bring, and their bytes; or why that is not known."""
    try:
        found = closure([name for name in libraries if name != "python"])
    except metadata.PackageNotFoundError as why:
        return {"error": f"{why.name} is not installed in the environment of the peers"}
    return {"distributions": len(found), "bytes": sum(map(size, found.values()))}


if __name__ == "__main__":
    print(json.dumps({each: brought(each.split(",")) for each in sys.argv[1:]}))
