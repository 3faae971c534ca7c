//! The Python peers from outside: their environment under `target/`, and the one worker that has them all.
//!
//! The Rust part does not need them: no Python is started unless they are requested.

use crate::target::folder;
use crate::worker::Launch;
use crate::workspace::workspace;
use anyhow::{Result, bail};
use parallax_pattern::optional;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The variable that names an interpreter other than that of the environment under `target/`.
pub const INTERPRETER: &str = "PARALLAX_PYTHON";

/// How to start their worker; `others` include the program that puts load on their servers.
///
/// # Errors
///
/// If they are not installed, with the command that installs them.
pub fn launch(others: &[Launch]) -> Result<Launch> {
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
pub fn interpreter() -> PathBuf {
    std::env::var_os(INTERPRETER).map_or_else(|| home().join("venv/bin/python"), PathBuf::from)
}

/// The folder of everything that is fetched or compiled for them.
pub fn home() -> PathBuf {
    folder().join("peers")
}

/// The folder of their code.
pub fn code() -> PathBuf {
    workspace().join("peers/python")
}

/// The variables with which their code finds itself, and writes no files into the source tree.
pub fn environment() -> Vec<(&'static str, OsString)> {
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
/// If they are not installed, with the command that installs them.
pub fn command(arguments: &[&str]) -> Result<std::process::Command> {
    let launch = launch(&[])?;
    Ok(run_by(&launch.program, arguments))
}

/// A Python program of ours, ready to be run by `python`.
pub fn run_by(python: &Path, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(python);
    command.args(arguments).envs(environment());
    command
}
