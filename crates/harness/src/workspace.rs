//! Where the sources are that the workers are built from.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> =
        LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(2).take(1).collect());
    &FOLDER
}
