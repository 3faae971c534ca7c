//! The Python peers from outside: an environment of their own under `target/`, and one worker that has them all.
//!
//! Nothing of it is needed for the Rust part: unless they are asked for, no Python is started.

use crate::target::folder;
use crate::worker::Launch;
use crate::workspace::workspace;
use anyhow::{Result, bail};
use parallax_pattern::optional;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The variable that names another interpreter than that of the environment under `target/`.
pub const INTERPRETER: &str = "PARALLAX_PYTHON";

/// How to start their worker; `others` have the program that puts load on their servers.
///
/// # Errors
///
/// If they are not installed, with the command that does it.
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

/// Where everything that is fetched or compiled for them lives.
pub fn home() -> PathBuf {
    folder().join("peers")
}

/// Where their code lives.
pub fn code() -> PathBuf {
    workspace().join("peers/python")
}

/// What their code needs to find itself, and to leave nothing in the source tree.
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
/// If they are not installed, with the command that does it.
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
