//! The verb `limits`: what this machine can do at most, the yardstick for every time.

use crate::hosts;
use anyhow::{Result, bail};
use parallax_harness::limits::{measure, table};
use parallax_harness::table::{Format, FormatOption, print};
use parallax_harness::{fleet, interrupt, machine_lock, workers};
use parallax_limits::FEWEST;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The time limit of the measuring, which should take some seconds.
const PATIENCE: Duration = Duration::from_secs(180);

/// Measure what this machine can do at most: bandwidths, peaks and rates
#[derive(Debug, clap::Args)]
pub(crate) struct LimitsArgs {
    /// How many workers, such as 2 or 1,2,4 [default: one, and all cores]
    #[arg(long, value_delimiter = ',', value_parser = workers::parse)]
    workers: Vec<usize>,
    /// How many samples of each limit, at least 13
    #[arg(long, default_value_t = 15)]
    samples: usize,
    /// Measure the network between the hosts of this file instead
    #[arg(long, value_name = "FILE", conflicts_with = "workers")]
    hosts: Option<PathBuf>,
    #[command(flatten)]
    form: FormatOption,
}

/// Runs the verb.
pub(crate) fn limits(args: &LimitsArgs) -> Result<ExitCode> {
    interrupt::listen();
    if args.samples < FEWEST {
        bail!(
            "the upper quartile of fewer than {FEWEST} samples has no 95 % interval; give --samples {FEWEST} or more"
        );
    }
    let all = workers::cores();
    let workers: BTreeSet<usize> = match args.workers.is_empty() {
        true => [1, all].into(),
        false => args.workers.iter().copied().collect(),
    };
    let _alone = machine_lock::take()?;
    if let Some(file) = &args.hosts {
        let network = hosts::of_file(file, args.samples)?;
        match args.form.format {
            Format::Json => print(&(serde_json::to_string_pretty(&network)? + "\n"))?,
            format => hosts::links(&network).print(format)?,
        }
        return Ok(ExitCode::SUCCESS);
    }
    let limits = measure(&fleet::baseline()?, &workers, args.samples, None, PATIENCE)?;
    match args.form.format {
        Format::Json => print(&(serde_json::to_string_pretty(&limits)? + "\n"))?,
        format => table(&limits.iter().collect::<Vec<_>>()).print(format)?,
    }
    Ok(ExitCode::SUCCESS)
}
