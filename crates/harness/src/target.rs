//! The target folder, which holds all that is built and written here, as cargo reports it.

use crate::workspace::workspace;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// The target folder: `target/` in the workspace, unless `CARGO_TARGET_DIR` or `build.target-dir` name another.
pub fn folder() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> =
        LazyLock::new(|| asked().unwrap_or_else(|| workspace().join("target")));
    &FOLDER
}

/// The folder that cargo reports; none without cargo, which is not needed to read an old run.
fn asked() -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace()).args(["metadata", "--no-deps", "--format-version=1"]);
    let told = cargo.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    Some(serde_json::from_slice::<Metadata>(&told.stdout).ok()?.target_directory)
}
