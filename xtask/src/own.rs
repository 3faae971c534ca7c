//! The verb `own`: measures work of a program in another language, as `parallax::bench` measures work in Rust.
//!
//! The program is a worker: it speaks the protocol of `ARCHITECTURE.md`, and one of its techniques is `sequential`.
//! Python's `parallax.bench` is such a program.

use anyhow::{Context, Result, ensure};
use clap::Arg;
use parallax_harness::costs;
use parallax_harness::run::{self, BenchArgs, NOT_OF_OWN_WORK};
use parallax_harness::workspace;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measure your own work in any language, by a worker: `own --name f --again 'my-bench' -- my-bench worker`
#[derive(Debug, clap::Args)]
#[command(mut_args(without_what_is_refused))]
pub(crate) struct OwnArgs {
    /// Name of the work: the family that its worker reports
    #[arg(long)]
    name: String,
    /// Your command for later: the report shows it with `--show RUN` and `--resume RUN`
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
    ensure!(program.is_file(), "there is no program {}; give its full path after `--`", program.display());
    bench.fleet.no_build = true;
    bench.fleet.command = worker;
    run::bench(&bench, &costs::none)
}

/// Hides an option from the help if it is refused.
fn without_what_is_refused(arg: Arg) -> Arg {
    let refused = NOT_OF_OWN_WORK.contains(&arg.get_id().as_str());
    arg.hide(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command};

    #[test]
    fn the_help_lists_what_is_taken_and_no_option_that_is_refused() {
        let command = OwnArgs::augment_args(Command::new("own"));
        let hidden: Vec<&str> = command
            .get_arguments()
            .filter(|arg| arg.is_hide_set())
            .map(|arg| arg.get_id().as_str())
            .collect();
        assert_eq!(hidden.len(), NOT_OF_OWN_WORK.len(), "{hidden:?}");
        assert!(NOT_OF_OWN_WORK.iter().all(|id| hidden.contains(id)), "{hidden:?}");
        let help = command.clone().render_help().to_string();
        assert!(help.contains("--budget") && !help.contains("--peers"), "{help}");
    }
}
