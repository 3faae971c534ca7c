"""Builds the wheel parallax-rs of peers/bridge and installs it into this environment, unless it is up to date."""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from peers import native

ROOT = Path(__file__).parents[4]
BRIDGE = ROOT / "peers" / "bridge"

# The sources of the wheel: its own crate and those of this project that are compiled into it.
CRATES = [BRIDGE, *(ROOT / "crates" / name for name in ("jit", "pattern", "simd"))]
KINDS = {".rs", ".toml", ".lock", ".pyi"}


def target():
    """The folder in which cargo builds; the wheels are in its folder `wheels`."""
    home = Path(os.environ.get("PARALLAX_PEERS_HOME", ROOT / "target" / "peers"))
    return home.absolute().parent / "bridge"


def is_source(path):
    """Whether a file is a source that is compiled, not generated."""
    return path.suffix in KINDS and "target" not in path.relative_to(ROOT).parts


def source_hash():
    """The hash of the wheel's sources, and of the interpreter that it is built for."""
    digest = hashlib.sha256(f"{sys.implementation.cache_tag} {sys.abiflags}".encode())
    paths = [path for crate in CRATES for path in crate.rglob("*") if is_source(path)]
    for path in sorted(paths, key=str):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def installed():
    """Whether the wheel is in this environment."""
    try:
        return bool(metadata.version("parallax-rs"))
    except metadata.PackageNotFoundError:
        return False


def build(python, out):
    """Builds a wheel for an interpreter in an empty folder: one for all from 3.11 on, unless it is free-threaded."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "maturin", "build", "--release", "--locked"]
    command += ["--manifest-path", str(BRIDGE / "Cargo.toml"), "--interpreter", python, "--out", str(out)]
    environment = os.environ | {"CARGO_TARGET_DIR": str(target())}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=BRIDGE)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    (wheel,) = out.glob("*.whl")
    return wheel


def install():
    """Builds and installs it; returns whether it is there."""
    stamp, log = native.folder() / "bridge.of", native.folder() / "bridge.log"
    wanted = source_hash()
    if installed() and stamp.exists() and stamp.read_text() == wanted:
        print("  parallax-rs: up to date", flush=True)
        return True
    if shutil.which("cargo") is None:
        print("  parallax-rs: not built, since cargo is not on PATH; install Rust, then run this again", flush=True)
        return False
    print("  parallax-rs: compiling, which takes some minutes", flush=True)
    try:
        wheel = build(sys.executable, target() / "wheels")
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
        done = subprocess.run([*pip, "--force-reinstall", str(wheel)], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
    except RuntimeError as error:
        log.write_text(str(error))
        print(f"  parallax-rs: cannot be built; the errors are in {log}", flush=True)
        return False
    log.unlink(missing_ok=True)
    stamp.write_text(wanted)
    return True


if __name__ == "__main__":
    native.folder().mkdir(parents=True, exist_ok=True)
    sys.exit(0 if install() else 1)
