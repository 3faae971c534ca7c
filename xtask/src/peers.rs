//! The verb `peers`: installs or lists the Python systems that Parallax is compared with.

mod install;
mod list;

use anyhow::Result;
use parallax_harness::table::FormatOption;
use std::process::ExitCode;

/// What to do with the peers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PeersVerb {
    /// Fetch the peers' packages into target/peers, about 1.7 GB, and compile their native modules
    Install(install::InstallArgs),
    /// Show each peer with its version, or why it is absent and which command fetches it
    List(FormatOption),
}

/// Runs the verb.
pub(crate) fn peers(verb: &PeersVerb) -> Result<ExitCode> {
    match verb {
        PeersVerb::Install(args) => install::install(args),
        PeersVerb::List(form) => list::list(form.format),
    }
}
