"""The weight of libraries: the distributions that they depend on, and the disk space of these."""

import json
import sys
from importlib import metadata
from pathlib import Path

try:
    from packaging.requirements import Requirement
except ImportError:
    from pip._vendor.packaging.requirements import Requirement


def closure(names, distribution=metadata.distribution):
    """The distributions that are installed for these libraries, by name; the dependencies of extras are left out."""
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
    """Bytes of the existing files of a distribution, without compiled Python, which Python makes itself."""
    paths = (Path(distribution.locate_file(file)) for file in distribution.files or [])
    return sum(path.stat().st_size for path in paths if path.suffix != ".pyc" and path.is_file())


def brought(libraries):
    """The number of distributions of some libraries, and their bytes; or the error why that is unknown."""
    try:
        found = closure([name for name in libraries if name != "python"])
    except metadata.PackageNotFoundError as why:
        return {"error": f"{why.name} is not installed in the environment of the peers"}
    return {"distributions": len(found), "bytes": sum(map(size, found.values()))}


if __name__ == "__main__":
    print(json.dumps({each: brought(each.split(",")) for each in sys.argv[1:]}))
