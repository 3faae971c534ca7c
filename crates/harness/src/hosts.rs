//! Other hosts: those named in a file, and the cost of the links to them, as the family's worker reports them.

use crate::fleet::Fleet;
use crate::limits::told;
use crate::worker::{Launch, shorten};
use anyhow::{Context, Result, bail};
use parallax_limits::network::{Network, Place};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The family whose worker handles hosts.
pub const FAMILY: &str = "distributed";

/// The environment variable that names a file of hosts to the workers.
pub(crate) const VARIABLE: &str = "PARALLAX_HOSTS";

/// How long an answer may take: reading a file takes no time, starting a program on hosts some seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// The absolute path of a file of hosts, which workers find from any folder.
///
/// # Errors
///
/// If the file does not exist.
pub(crate) fn absolute(file: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(file).with_context(|| format!("cannot read the hosts in {}", file.display()))
}

/// The hosts that the file of this fleet names.
///
/// # Errors
///
/// If the file is invalid, or no worker of the fleet can use other hosts.
pub fn named(fleet: &Fleet) -> Result<Vec<Place>> {
    ask(fleet, &["hosts"])
}

/// Measures the links between these hosts, or between `hosts` processes on this machine.
///
/// # Errors
///
/// If a host cannot be reached, or no worker of the fleet can use other hosts.
pub fn measure(fleet: &Fleet, hosts: usize, samples: usize) -> Result<Network> {
    ask(fleet, &["network", "--hosts", &hosts.to_string(), "--samples", &samples.to_string()])
}

fn ask<T: DeserializeOwned>(fleet: &Fleet, words: &[&str]) -> Result<T> {
    let Some(Launch { program, args, environment }) = fleet.launches.get(FAMILY) else {
        bail!("only the family {FAMILY} uses hosts, and it has no worker here; name it with -f {FAMILY}");
    };
    let mut command = Command::new(program);
    command.args(args).args(words).envs(environment.iter().map(|(name, value)| (name, value)));
    let said = told(command, PATIENCE)?;
    serde_json::from_str(&said)
        .with_context(|| format!("the answer of the worker {FAMILY} is invalid: {}", shorten(&said)))
}
