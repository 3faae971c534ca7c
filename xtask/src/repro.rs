//! The verb `repro`: one cell in one process, with nothing between it and a profiler.

use crate::fleet::{Fleet, FleetArgs};
use crate::name::CellName;
use anyhow::{Context, Result};
use parallax_suite::Size;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Run one cell in one process and print each sample
#[derive(Debug, clap::Args)]
pub(crate) struct ReproArgs {
    /// The cell, such as julia/rayon or histogram:skewed/mutex
    cell: CellName,
    /// Size of the input
    #[arg(long, default_value = "medium")]
    size: Size,
    /// Which input
    #[arg(long, default_value_t = 0)]
    variant: u32,
    /// How many workers [default: all cores]
    #[arg(long)]
    workers: Option<std::num::NonZeroUsize>,
    /// How many samples
    #[arg(long)]
    samples: Option<std::num::NonZeroU32>,
    /// Turns of opaque work per unit, where the workload has such
    #[arg(long)]
    turns: Option<u64>,
    /// Print what was measured as JSON
    #[arg(long)]
    json: bool,
    /// Print the command instead of running it
    #[arg(long)]
    command: bool,
    #[command(flatten)]
    fleet: FleetArgs,
}

/// Runs the verb: this process becomes the worker.
pub(crate) fn repro(args: &ReproArgs) -> Result<ExitCode> {
    let fleet = Fleet::muster(&args.fleet)?;
    let cell = args.cell.find(&fleet.cells, |cell| {
        [cell.info.workload.as_str(), cell.info.case.as_str(), cell.info.technique.as_str()]
    })?;
    let launch = &fleet.launches[&cell.family];
    let mut command = Command::new(&launch.program);
    command.args(&launch.args).arg("run").arg(cell.name());
    command.args(["--size", args.size.name(), "--variant", &args.variant.to_string()]);
    if let Some(workers) = args.workers {
        command.args(["--workers", &workers.to_string()]);
    }
    if let Some(samples) = args.samples {
        command.args(["--samples", &samples.to_string()]);
    }
    if let Some(turns) = args.turns {
        command.args(["--turns", &turns.to_string()]);
    }
    if args.json {
        command.arg("--json");
    }
    if args.command {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let line: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        crate::table::print(&format!("{}\n", line.join(" ")))?;
        return Ok(ExitCode::SUCCESS);
    }
    Err(command.exec()).with_context(|| format!("cannot start {}", launch.program.display()))
}
