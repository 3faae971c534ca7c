//! Other hosts than this one: which a file names, and what the way to them takes, as the worker of the family says.

use crate::fleet::Fleet;
use crate::limits::told;
use crate::worker::{Launch, shorten};
use anyhow::{Context, Result, bail};
use parallax_limits::network::{Network, Place};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The family whose worker knows hosts.
pub const FAMILY: &str = "distributed";

/// What names a file of hosts to the workers.
pub(crate) const VARIABLE: &str = "PARALLAX_HOSTS";

/// Reading a file takes no time; starting a program on hosts some seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// A file of hosts as workers are told of it, from whatever folder they look.
///
/// # Errors
///
/// If it is not there.
pub(crate) fn absolute(file: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(file).with_context(|| format!("cannot read the hosts in {}", file.display()))
}

/// The hosts that the file of this fleet names.
///
/// # Errors
///
/// If the file makes no sense, or no worker of the fleet can leave this machine.
pub fn named(fleet: &Fleet) -> Result<Vec<Place>> {
    ask(fleet, &["hosts"])
}

/// What the ways between them take, or those between so many hosts on this machine.
///
/// # Errors
///
/// If a host cannot be reached, or no worker of the fleet can leave this machine.
pub fn measure(fleet: &Fleet, hosts: usize, samples: usize) -> Result<Network> {
    ask(fleet, &["network", "--hosts", &hosts.to_string(), "--samples", &samples.to_string()])
}

fn ask<T: DeserializeOwned>(fleet: &Fleet, words: &[&str]) -> Result<T> {
    let Some(Launch { program, args, environment }) = fleet.launches.get(FAMILY) else {
        bail!("no worker of the family {FAMILY} is there, which alone knows hosts; name it with -f {FAMILY}");
    };
    let mut command = Command::new(program);
    command.args(args).args(words).envs(environment.iter().map(|(name, value)| (name, value)));
    let said = told(command, PATIENCE)?;
    serde_json::from_str(&said)
        .with_context(|| format!("the worker {FAMILY} does not answer with hosts: {}", shorten(&said)))
}
