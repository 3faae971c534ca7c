//! The verb `limits`: what this machine can do at most, the yardstick for every time.

use crate::hosts;
use anyhow::{Result, bail};
use parallax_harness::limits::{measure, name};
use parallax_harness::table::{Cell, Column, Format, FormatOption, Table, print};
use parallax_harness::{fleet, interrupt, machine_lock, units, workers};
use parallax_limits::{FEWEST, Limit};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long the measuring may take before it is ended; it should take some seconds.
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
    /// What the ways between the hosts of this file take, and not what this machine can do
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
    let limits = measure(&fleet::baseline()?, &workers, args.samples, PATIENCE)?;
    match args.form.format {
        Format::Json => print(&(serde_json::to_string_pretty(&limits)? + "\n"))?,
        format => table(&limits).print(format)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn table(limits: &[Limit]) -> Table {
    let columns = [
        Column::text("limit", "limit").kept(),
        Column::text("in", "place").kept(),
        Column::text("isa", "isa").kept(),
        Column::number("workers", "workers"),
        Column::number("rate", "per_second"),
        Column::number("from", "low"),
        Column::number("to", "high"),
    ];
    let mut table = Table::new(columns);
    for limit in limits {
        let rate = |value: f64| Cell::new(units::per_second(value, limit.rate.unit()), value);
        table.row([
            Cell::from(name(limit)),
            limit.set.as_ref().map_or("", |set| set.place.as_str()).into(),
            limit.isa.as_str().into(),
            Cell::new(limit.workers.to_string(), limit.workers),
            rate(limit.per_second),
            rate(limit.low),
            rate(limit.high),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_harness::limits::label;
    use parallax_limits::WorkingSet;
    use parallax_suite::Rate;

    #[test]
    fn the_widest_rows_fit_eighty_columns() {
        let limit = |rate: Rate, way: &str| Limit {
            rate,
            way: way.into(),
            isa: "avx512".into(),
            workers: 128,
            set: Some(WorkingSet { place: "memory".into(), bytes: 1, holds: None }),
            per_second: 123.4e9,
            low: 121.2e9,
            high: 987.6e9,
            samples: 15,
            rates: Vec::new(),
        };
        let rows = [limit(Rate::Multiply, ""), limit(Rate::Triad, "streaming"), limit(Rate::Fma, "")];
        let text = table(&rows).render(Format::Text, 80, false);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("123 Gflop/s") && text.contains("triad, streaming  memory  avx512"), "{text}");
        assert_eq!(label(&rows[1]), "triad, streaming, in memory (avx512)");
        assert_eq!(label(&Limit { isa: String::new(), set: None, ..limit(Rate::Spin, "") }), "spin");
    }
}
