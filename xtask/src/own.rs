//! The verb `own`: work that a program in another language hands over is measured as a bench of one's own in Rust is.
//!
//! The program is a worker: it speaks the protocol of `ARCHITECTURE.md` and has a technique `sequential` beside the
//! others. Python's `parallax.bench` is such a program.

use anyhow::{Context, Result, ensure};
use parallax_harness::run::{self, BenchArgs};
use parallax_harness::workspace;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measure work of your own, which a worker in any language has: `own --name f --again 'my-bench' -- my-bench worker`
#[derive(Debug, clap::Args)]
pub(crate) struct OwnArgs {
    /// Name of the work, which is the family that its worker says it is
    #[arg(long)]
    name: String,
    /// What you type to come back: the report names it with `--show RUN` and `--resume RUN`
    #[arg(long, value_name = "COMMAND")]
    again: String,
    /// Print the report of a run again and measure nothing
    #[arg(long, value_name = "RUN", conflicts_with = "worker")]
    show: Option<PathBuf>,
    #[command(flatten)]
    bench: BenchArgs,
    /// The command that starts the worker; files among its words are part of its identity
    #[arg(last = true, value_name = "WORKER", required_unless_present = "show")]
    worker: Vec<OsString>,
}

/// Runs the verb.
pub(crate) fn own(args: OwnArgs) -> Result<ExitCode> {
    let OwnArgs { name, again, show, mut bench, worker } = args;
    workspace::ensure_own_name(&name)?;
    bench.ensure_of_own_work()?;
    let folder = std::env::current_dir().context("this folder is gone; change to another")?;
    workspace::enter(&name, folder, again);
    if let Some(folder) = show {
        run::show(Some(&folder), bench.format(), &bench.detail)?;
        return Ok(ExitCode::SUCCESS);
    }
    let program = worker.first().map(PathBuf::from).unwrap_or_default();
    ensure!(program.is_file(), "there is no program {}; give its whole path after `--`", program.display());
    bench.fleet.no_build = true;
    bench.fleet.command = worker;
    run::bench(&bench)
}
