//! The verb `verify`: each cell runs once, and its result is checked.

use crate::each::{Input, absent, each};
use anyhow::{Result, bail};
use parallax_harness::exit::Exit;
use parallax_harness::filter::Filter;
use parallax_harness::fleet::{Fleet, FleetArgs, FleetCell, Wanted};
use parallax_harness::hosts;
use parallax_harness::interrupt;
use parallax_harness::say::say;
use parallax_harness::style::Paint;
use parallax_harness::table::{Cell, Column, FormatOption, Table};
use parallax_harness::turn::Patience;
use parallax_harness::units;
use parallax_harness::worker::shorten;
use parallax_harness::workers::{self, cores};
use parallax_record::journal::Outcome;
use parallax_runner::protocol::Status;
use parallax_suite::Size;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

/// Run each cell once, check its result, and show its digest
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    filter: Filter,
    /// Size of the inputs: tiny, small, headline, medium or large
    #[arg(long, default_value = "small")]
    size: Size,
    /// Which inputs, such as 0,1,2
    #[arg(long = "variant", value_delimiter = ',', default_value = "0", value_parser = parse_variant)]
    variants: Vec<u32>,
    /// How many workers a technique may use [default: all cores]
    #[arg(long, value_parser = workers::parse)]
    workers: Option<usize>,
    /// The longest that a worker may take for one request before it is killed [default: by size]
    #[arg(long, value_parser = units::budget)]
    limit: Option<Duration>,
    /// The longest that it may take to start a technique and load its input [default: 5m, or more by size]
    #[arg(long, value_parser = units::budget)]
    start_limit: Option<Duration>,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    form: FormatOption,
}

fn parse_variant(text: &str) -> Result<u32, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("'{text}' is not the number of a variant; give numbers, such as 0 or 0,1,2"))
}

/// Runs the verb `verify`.
pub(crate) fn verify(args: &VerifyArgs) -> Result<ExitCode> {
    interrupt::listen();
    let fleet = Fleet::collect_for(&args.fleet, &Wanted::Filtered(args.filter.clone()))?;
    let columns = [
        Column::text("workload", "workload").kept(),
        Column::text("case", "case").kept(),
        Column::text("technique", "technique").kept(),
        Column::text("size", "size"),
        Column::number("variant", "variant"),
        Column::text("ok", "ok").kept(),
        Column::text("digest", "digest").kept(),
        Column::number("time", "time_ns"),
        Column::text("error", "error"),
    ];
    let mut table = Table::new(columns);
    let (mut wrong, mut refused) = (0, 0);
    let mut afar = Afar { hosts_are_named: args.fleet.hosts.is_some(), ..Afar::default() };
    let usual = Patience::of(args.size);
    let input = Input {
        size: args.size,
        variants: workers::each_once(&args.variants),
        workers: args.workers.unwrap_or_else(cores),
        patience: Patience {
            start: args.start_limit.unwrap_or(usual.start),
            run: args.limit.unwrap_or(usual.run),
            until_ns: None,
        },
        give_up: false,
    };
    let chosen = fleet.choose(&args.filter)?.1;
    let reach = each(&fleet, chosen, &input, |cell, variant, outcome| {
        let info = &cell.info;
        afar.look(cell, outcome);
        let told = match outcome {
            Outcome::Measured { measured, .. } => {
                let sample = &measured.samples[0];
                let time = Cell::new(units::time(sample.wall_ns as f64), sample.wall_ns);
                [
                    Cell::new("yes", true).paint(Paint::Green),
                    sample.digest.as_str().into(),
                    time,
                    Cell::none(""),
                ]
            }
            Outcome::Refused { status: Status::Failed, reason } => {
                wrong += 1;
                // also where the table goes to a file
                say(&format!("wrong: {}, variant {variant}: {}", cell.name(), shorten(reason)));
                let no = Cell::new("no", false).paint(Paint::Red);
                [no, Cell::none(""), Cell::none(""), shorten(reason).into()]
            }
            Outcome::Refused { .. } => {
                refused += 1;
                return;
            }
        };
        let names = [&info.workload, &info.case, &info.technique].map(|name| Cell::from(name.as_str()));
        let input = [Cell::from(args.size.name()), Cell::new(variant.to_string(), variant)];
        table.row(names.into_iter().chain(input).chain(told));
    })?;
    table.print(args.form.format)?;
    absent(&fleet);
    let right = table.len() - wrong;
    say(&format!("{right} right, {wrong} wrong, {refused} refuse (`cargo xtask list` says why)"));
    afar.check()?;
    Ok(reach.ended(if wrong == 0 { Exit::Done } else { Exit::Wrong }))
}

/// The outcomes of the techniques that leave this machine, if the user has named hosts for them.
#[derive(Default)]
struct Afar {
    hosts_are_named: bool,
    ran: bool,
    unavailable: BTreeMap<String, String>,
}

impl Afar {
    fn look(&mut self, cell: &FleetCell, outcome: &Outcome) {
        if !self.hosts_are_named || !cell.family.starts_with(hosts::FAMILY) {
            return;
        }
        match outcome {
            Outcome::Refused { status: Status::Unavailable, reason } => {
                self.unavailable.entry(cell.info.technique.clone()).or_insert_with(|| shorten(reason));
            }
            Outcome::Refused { status: Status::Unfit, .. } => {}
            Outcome::Refused { .. } | Outcome::Measured { .. } => self.ran = true,
        }
    }

    /// Reports those that could not run there.
    ///
    /// # Errors
    ///
    /// If none could run there.
    fn check(&self) -> Result<()> {
        let lines = self.unavailable.iter().map(|(technique, reason)| format!("{technique}: {reason}"));
        let lines: Vec<String> = lines.collect();
        if !self.ran && !lines.is_empty() {
            bail!("nothing ran on the hosts that were named: {}", lines.join("; "));
        }
        lines.iter().for_each(|line| say(&format!("not on these hosts: {line}")));
        Ok(())
    }
}
