//! The workspace from which workers are built, or the program that measures itself, and the commands to name to users.

use anyhow::{Result, ensure};
use parallax_record::name::{PEERS, ensure_name};
use parallax_suite::catalogue;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The origin of measurements: this workspace, or a program that measures itself.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    command: String,
    /// The command that shows a run again, up to its name.
    show: String,
    /// The name of the bench, where a program measures its own work.
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

/// The command to measure.
pub fn command() -> &'static str {
    &place().command
}

/// The command to show a run again, up to its name.
pub fn show() -> &'static str {
    &place().show
}

/// The command that lists all cells.
pub fn list() -> String {
    if is_own() { format!("{} --list", command()) } else { "cargo xtask list".into() }
}

/// Whether a program measures its own work: it has one size, and no verbs except `bench`.
pub fn is_own() -> bool {
    own().is_some()
}

/// The name of the bench, where a program measures its own work.
pub fn own() -> Option<&'static str> {
    place().own.as_deref()
}

/// The build profile of the measured code: always release for workers; a program that measures itself is taken as
/// built.
pub fn profile() -> &'static str {
    if is_own() && cfg!(debug_assertions) { "dev" } else { "release" }
}

/// Refuses a name for own work that is taken or invalid.
///
/// # Errors
///
/// If it is a workload of the suite, or not a valid name.
pub fn ensure_own_name(name: &str) -> Result<()> {
    ensure_name("bench", name)?;
    let taken = name == PEERS || catalogue::all().iter().any(|entry| entry.name == name);
    ensure!(!taken, "'{name}' is a workload of Parallax; give the bench another name");
    Ok(())
}

/// Switches to a program's own work: the bench of that name, in another folder, with another command. It must be called
/// before all else in this module, since earlier answers do not change.
pub fn enter(name: &str, folder: PathBuf, command: String) {
    let show = format!("{command} --show");
    let _ = PLACE.set(Place { folder, command, show, own: Some(name.to_owned()) });
}
