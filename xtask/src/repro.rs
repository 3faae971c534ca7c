//! The verb `repro`: one cell in one process, with nothing between it and a profiler.

use crate::rounds;
use anyhow::{Context, Result};
use parallax_harness::fleet::{Fleet, FleetArgs};
use parallax_harness::shell::quoted;
use parallax_harness::turn::prepare;
use parallax_record::name::{CellId, find};
use parallax_runner::protocol::Prepare;
use parallax_suite::Size;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Run one cell in one process and print each sample
#[derive(Debug, clap::Args)]
pub(crate) struct ReproArgs {
    /// The cell, such as julia/rayon or histogram:skewed/mutex
    cell: CellId,
    /// Size of the input
    #[arg(long, default_value = "medium")]
    size: Size,
    /// Which input
    #[arg(long, default_value_t = 0)]
    variant: u32,
    /// How many workers [default: all cores]
    #[arg(long, value_parser = parallax_harness::workers::parse)]
    workers: Option<usize>,
    /// How many samples
    #[arg(long)]
    samples: Option<std::num::NonZeroU32>,
    /// Turns of opaque work per unit, if the workload has them
    #[arg(long)]
    turns: Option<u64>,
    /// Units of work, if the workload can have any number of them
    #[arg(long)]
    units: Option<u64>,
    /// Print the measurements as JSON
    #[arg(long)]
    json: bool,
    /// Print the command instead of running it
    #[arg(long)]
    command: bool,
    #[command(flatten)]
    fleet: FleetArgs,
}

/// Runs the verb: this process becomes the worker, in the environment that a bench gives it.
pub(crate) fn repro(args: &ReproArgs) -> Result<ExitCode> {
    let fleet = Fleet::collect(&args.fleet)?;
    let cell = find(&args.cell, &fleet.cells, |cell| {
        [cell.info.workload.as_str(), cell.info.case.as_str(), cell.info.technique.as_str()]
    })?;
    let launch = &fleet.launches[&cell.family];
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = args.workers.map_or(all, usize::from);
    let mut command = launch.command(workers);
    command.arg("run").arg(cell.name());
    command.args(["--size", args.size.name(), "--variant", &args.variant.to_string()]);
    command.args(["--workers", &workers.to_string()]);
    if let Some(samples) = args.samples {
        command.args(["--samples", &samples.to_string()]);
    }
    for (option, number) in [("--turns", args.turns), ("--units", args.units)] {
        command.args(number.iter().flat_map(|number| [option.to_owned(), number.to_string()]));
    }
    let wanted = prepare(cell, args.size, args.variant, workers);
    let wanted = Prepare { turns: args.turns, units: args.units, ..wanted };
    if let Some(answer) = rounds::answer(&fleet, &cell.family, &wanted)? {
        command.args(["--answer", &answer]);
    }
    if args.json {
        command.arg("--json");
    }
    if args.command {
        parallax_harness::table::print(&(line(&command) + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    Err(command.exec()).with_context(|| format!("cannot start {}", launch.program.display()))
}

/// A command as a shell line, with the variables that it sets.
fn line(command: &Command) -> String {
    let set = |(name, value): (&OsStr, Option<&OsStr>)| {
        Some(format!("{}={}", name.to_string_lossy(), quoted(value?)))
    };
    let environment = command.get_envs().filter_map(set);
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(quoted);
    environment.chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        let words = ["plain/path:case", "", "two words", "it's", "$HOME `x` \"y\" \\ *", "a;b&c|d\ne"];
        let mut command = Command::new("printf");
        command.arg("%s\\0").args(words);
        let told = Command::new("sh").args(["-c", &line(&command)]).output().unwrap();
        let read: Vec<&[u8]> = told.stdout.split(|byte| *byte == 0).collect();
        let expected: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).chain([&b""[..]]).collect();
        assert_eq!(read, expected);
        let mut told = Command::new("printenv");
        told.arg("PARALLAX_TEST").env("PARALLAX_TEST", "a 'b' $c");
        let told = Command::new("sh").args(["-c", &line(&told)]).output().unwrap();
        assert_eq!(told.stdout, b"a 'b' $c\n");
    }
}
