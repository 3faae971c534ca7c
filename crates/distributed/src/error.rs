//! Errors between hosts; each names the host.

use parallax_processes::Death;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why hosts did not run a program or a call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file of hosts cannot be read.
    #[error("cannot read the hosts in {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file of hosts is invalid.
    #[error("the file of hosts: {0}")]
    Hosts(String),
    /// The program cannot be started on a host.
    #[error("cannot start the program on host {host}: {source}")]
    Start {
        /// The host.
        host: String,
        /// Why not.
        source: io::Error,
    },
    /// The program on a host is not the same as here.
    #[error("host {host} has another build of this program: copy {} there", program.display())]
    OtherBuild {
        /// The host.
        host: String,
        /// The program of this host.
        program: PathBuf,
    },
    /// A host refuses to run the program.
    #[error("host {host}: {reason}")]
    Refused {
        /// The host.
        host: String,
        /// Its message.
        reason: String,
    },
    /// The program on a host ended in the middle.
    #[error("host {host} is lost: its process {death}")]
    Lost {
        /// The host.
        host: String,
        /// How it ended.
        death: Death,
    },
    /// A host did not answer in time.
    #[error("host {host} has not answered for {} s", limit.as_secs_f64())]
    Late {
        /// The host.
        host: String,
        /// How long this process waited for it.
        limit: Duration,
    },
    /// The connection to a host has ended, though its process may be there.
    #[error("host {host} is out of reach: {reason}")]
    Unreachable {
        /// The host.
        host: String,
        /// What this process observed.
        reason: String,
    },
    /// The call failed on a host.
    #[error(transparent)]
    Call(#[from] parallax_processes::Error),
    /// The engine's own message.
    #[error("{0}")]
    Engine(String),
}
