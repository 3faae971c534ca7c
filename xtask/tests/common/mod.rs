//! What several tests need.

#![allow(dead_code, reason = "each test uses a part of it")]

use parallax_pattern::optional;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Tests measure side by side, and none of their figures counts: each goes without the lock of the machine.
pub(crate) const NO_LOCK: (&str, &str) = ("PARALLAX_LOCK", "");

/// Writes a program. Another process does it: one that a test beside this one forks meanwhile would keep the file open
/// for writing until it has become another program, and nobody can start it so long.
pub(crate) fn program(path: &Path, text: &str) {
    by_another_process(r#"printf %s "$1" >"$0" && chmod +x "$0""#, path, text);
}

/// Copies a program, for the same reason by another process.
pub(crate) fn copy_program(from: &Path, path: &Path) {
    by_another_process(r#"cp "$1" "$0""#, path, from.to_str().expect("paths of tests are text"));
}

/// Adds a byte to a program, at its end, where it does not matter.
pub(crate) fn append_to_program(path: &Path) {
    by_another_process(r#"printf x >>"$0""#, path, "");
}

fn by_another_process(script: &str, path: &Path, argument: &str) {
    let status = Command::new("sh").args(["-c", script]).arg(path).arg(argument).status();
    assert!(status.unwrap().success(), "{script}");
}

/// A Python on `PATH`; where there is none, it is said.
pub(crate) fn python3() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("python3")).find(|path| path.exists());
    let found = found.filter(|_| !optional::hidden("python"));
    if found.is_none() {
        optional::skip("python", "there is no python3 on PATH; `apt-get install python3` brings one");
    }
    found
}
