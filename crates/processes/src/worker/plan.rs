//! The start parameters of every worker of a pool, including those that replace others.

use std::ffi::OsString;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::shared::Region;
use crate::worker::{NAME, reexec};

#[derive(Debug)]
pub(crate) struct Plan {
    /// The payload of the setup message: a [`Setup`].
    pub(crate) setup: Vec<u8>,
    /// Memory to which the setup message points: any worker may need it, also one that starts later.
    #[expect(dead_code, reason = "kept alive, not used")]
    pub(crate) in_flight: Vec<Region>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    pub(crate) own_group: bool,
    /// For one chunk, unless its call says otherwise.
    pub(crate) time_limit: Option<Duration>,
    /// From the start of the process to the end of its initialiser.
    pub(crate) start_limit: Duration,
    /// A worker that has been given this many tasks is replaced.
    pub(crate) tasks_per_worker: Option<usize>,
}

/// The first message to a worker.
#[derive(Serialize, Deserialize)]
pub(crate) struct Setup {
    pub(crate) fingerprint: u64,
    /// A call with one task and the result `Result<(), String>`.
    pub(crate) initializer: Option<Vec<u8>>,
}

impl Plan {
    /// The command that starts a worker with these descriptors.
    pub(crate) fn command(&self, descriptors: [BorrowedFd<'_>; 3]) -> io::Result<Command> {
        let mut command = reexec::command(&format!("{NAME}{}", std::process::id()), descriptors)?;
        command.args(std::env::args_os().skip(1));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if self.own_group {
            command.process_group(0);
        }
        Ok(command)
    }
}
