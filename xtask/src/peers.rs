//! The verb `peers`: the Python systems that Parallax is held against, fetched or listed.

mod install;
mod list;

use anyhow::Result;
use parallax_harness::table::FormatOption;
use std::process::ExitCode;

/// What can be done about the peers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PeersVerb {
    /// Fetch what the peers run on into target/peers, about 1.7 GB, and compile what must be compiled
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
