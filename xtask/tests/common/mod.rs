//! What several tests need and not every machine has.

use parallax_suite::optional;
use std::path::PathBuf;

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
