//! What goes wrong between hosts; each error names the host.

use parallax_processes::Death;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why hosts do not do what they are asked.
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
    /// The file of hosts says something that makes no sense.
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
    /// The program on a host is not the one that runs here.
    #[error("host {host} has another build of this program: copy {} there", program.display())]
    OtherBuild {
        /// The host.
        host: String,
        /// The program of this host.
        program: PathBuf,
    },
    /// A host says that it cannot take part.
    #[error("host {host}: {reason}")]
    Refused {
        /// The host.
        host: String,
        /// Its words.
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
        /// How long it was waited for.
        limit: Duration,
    },
    /// The connection to a host has ended, though its process may be there.
    #[error("host {host} is out of reach: {reason}")]
    Unreachable {
        /// The host.
        host: String,
        /// What was seen of it here.
        reason: String,
    },
    /// What the hosts were to run failed.
    #[error(transparent)]
    Call(#[from] parallax_processes::Error),
    /// The engine's own words.
    #[error("{0}")]
    Engine(String),
}
