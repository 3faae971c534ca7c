//! Where runs are kept, and where the sources are that the workers are built from.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A place to measure from: this workspace, or a program that measures itself.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    command: String,
    /// What stands before a run that is to be shown again.
    show: String,
    is_own: bool,
}

static PLACE: OnceLock<Place> = OnceLock::new();

fn place() -> &'static Place {
    PLACE.get_or_init(|| Place {
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(2).take(1).collect(),
        command: "cargo xtask bench".into(),
        show: "cargo xtask show".into(),
        is_own: false,
    })
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    &place().folder
}

/// What a user types to measure.
pub fn command() -> &'static str {
    &place().command
}

/// What a user types before a run, to see it again.
pub fn show() -> &'static str {
    &place().show
}

/// What a user types to see what there is.
pub fn list() -> String {
    if is_own() { format!("{} --list", command()) } else { "cargo xtask list".into() }
}

/// Whether a program measures work of its own: it has one size, and other verbs than `bench` are not its.
pub fn is_own() -> bool {
    place().is_own
}

/// Measures from another folder, by another command. What was asked of this module before stays as it was, so this is
/// the first thing that a program does.
pub fn enter(folder: PathBuf, command: String) {
    let show = format!("{command} --show");
    let _ = PLACE.set(Place { folder, command, show, is_own: true });
}
