//! Finds the lock file of this build, so that a worker can report the versions of its libraries.

use std::env;
use std::fs;
use std::path::PathBuf;

fn main() {
    // The checkout's own; if there is none, that of the program that is built with this crate.
    let folders =
        ["CARGO_MANIFEST_DIR", "OUT_DIR"].map(|name| PathBuf::from(env::var_os(name).unwrap_or_default()));
    let locks = folders.iter().flat_map(|folder| folder.ancestors()).map(|folder| folder.join("Cargo.lock"));
    let lock = locks.into_iter().find(|lock| lock.exists());
    if let Some(lock) = &lock {
        println!("cargo::rerun-if-changed={}", lock.display());
    }
    let text = lock.map(|lock| fs::read_to_string(lock).expect("a lock file is text")).unwrap_or_default();
    fs::write(folders[1].join("Cargo.lock"), text).expect("cargo gives a folder to write to");
}
