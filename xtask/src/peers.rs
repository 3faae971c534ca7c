//! The Python peers from outside: an environment of their own under `target/`, and one worker that has them all.
//!
//! Nothing of it is needed for the Rust part: without `--peers` no Python is started.

mod install;
mod list;

use crate::table::FormatOption;
use crate::worker::Launch;
use anyhow::{Result, bail};
use parallax_suite::optional;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The family of all their cells.
pub(crate) const FAMILY: &str = "python";

/// The variable that names another interpreter than that of the environment under `target/`.
const INTERPRETER: &str = "PARALLAX_PYTHON";

/// What can be done about the peers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PeersVerb {
    /// Fetch what the peers run on into target/peers, about 1 GB, and compile what must be compiled
    Install(install::InstallArgs),
    /// Show each peer with its version, or why it is absent and what fetches it
    List(FormatOption),
}

/// Runs the verb.
pub(crate) fn peers(verb: &PeersVerb) -> Result<ExitCode> {
    match verb {
        PeersVerb::Install(args) => install::install(args),
        PeersVerb::List(form) => list::list(form.format),
    }
}

/// How to start their worker; `others` have the program that puts load on their servers.
///
/// # Errors
///
/// If they are not installed, with the command that does it.
pub(crate) fn launch(others: &[Launch]) -> Result<Launch> {
    let program = interpreter();
    if !program.exists() || optional::hidden("peers") {
        bail!("the Python peers are not installed; run `cargo xtask peers install`");
    }
    let mut args: Vec<OsString> = ["-m", "peers.worker"].map(OsString::from).into();
    let is_baseline = |launch: &&Launch| launch.program.file_name().is_some_and(|name| name == "baseline");
    if let Some(driver) = others.iter().find(is_baseline) {
        args.extend(["--driver".into(), driver.program.clone().into_os_string()]);
    }
    Ok(Launch { program, args, environment: environment() })
}

/// The interpreter of the environment, or the one that the user names.
fn interpreter() -> PathBuf {
    std::env::var_os(INTERPRETER).map_or_else(|| home().join("venv/bin/python"), PathBuf::from)
}

/// Where everything that is fetched or compiled for them lives.
fn home() -> PathBuf {
    crate::target::folder().join("peers")
}

/// Where their code lives.
pub(crate) fn code() -> PathBuf {
    crate::workspace().join("peers/python")
}

/// What their code needs to find itself, and to leave nothing in the source tree.
fn environment() -> Vec<(&'static str, OsString)> {
    let path = |folder: PathBuf| folder.into_os_string();
    vec![
        ("PYTHONPATH", path(code())),
        ("PYTHONPYCACHEPREFIX", path(home().join("pycache"))),
        ("PYTHONNOUSERSITE", "1".into()),
        ("PARALLAX_PEERS_HOME", path(home())),
    ]
}

/// A Python program of ours in the environment of the peers.
///
/// # Errors
///
/// If they are not installed, with the command that does it.
pub(crate) fn command(arguments: &[&str]) -> Result<std::process::Command> {
    let launch = launch(&[])?;
    Ok(run_by(&launch.program, arguments))
}

/// A Python program of ours, ready to be run by `python`.
fn run_by(python: &Path, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(python);
    command.args(arguments).envs(environment());
    command
}
