//! Where runs are kept, and where the sources are that the workers are built from.

use anyhow::{Result, ensure};
use parallax_record::name::{PEERS, ensure_name};
use parallax_suite::catalogue;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A place to measure from: this workspace, or a program that measures itself.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    command: String,
    /// What stands before a run that is to be shown again.
    show: String,
    /// The name of the bench, where a program measures work of its own.
    own: Option<String>,
}

static PLACE: OnceLock<Place> = OnceLock::new();

fn place() -> &'static Place {
    PLACE.get_or_init(|| Place {
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(2).take(1).collect(),
        command: "cargo xtask bench".into(),
        show: "cargo xtask show".into(),
        own: None,
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
    own().is_some()
}

/// The name of the bench, where a program measures work of its own.
pub fn own() -> Option<&'static str> {
    place().own.as_deref()
}

/// How what is measured is built: workers always in release, a program that measures itself as it is.
pub fn profile() -> &'static str {
    if is_own() && cfg!(debug_assertions) { "dev" } else { "release" }
}

/// Refuses a name for own work that means something else.
///
/// # Errors
///
/// If it is a workload of the suite, or no name.
pub fn ensure_own_name(name: &str) -> Result<()> {
    ensure_name("bench", name)?;
    let taken = name == PEERS || catalogue::all().iter().any(|entry| entry.name == name);
    ensure!(!taken, "'{name}' is a workload of Parallax's own; give the bench another name");
    Ok(())
}

/// Measures work of a program's own: the bench of that name, from another folder, by another command. What was asked of this module before stays as it was, so this is
/// the first thing that a program does.
pub fn enter(name: &str, folder: PathBuf, command: String) {
    let show = format!("{command} --show");
    let _ = PLACE.set(Place { folder, command, show, own: Some(name.to_owned()) });
}
