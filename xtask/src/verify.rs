//! The verbs `list` and `verify`: which cells there are, and whether each is right.
//!
//! A listing that says *ready* has just seen the cell run: it is a verification at the smallest size.

use crate::filter::Filter;
use crate::fleet::{Fleet, FleetArgs, FleetCell};
use crate::style::Paint;
use crate::table::{Cell, Column, FormatOption, Table};
use crate::turn::{self, Outcome};
use crate::units;
use crate::worker::{Interrupted, Worker, shorten};
use crate::{interrupt, peers, plan};
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use parallax_runner::protocol::{Measure, Status};
use parallax_suite::Size;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

/// Show all cells: what can be measured here, and why the rest cannot
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    form: FormatOption,
}

/// Run each cell once, check its result, and show its digest
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    filter: Filter,
    /// Size of the inputs: tiny, small, medium or large
    #[arg(long, default_value = "small")]
    size: Size,
    /// Which inputs, as in 0,1,2
    #[arg(long = "variant", value_delimiter = ',', default_value = "0", value_parser = parse_variant)]
    variants: Vec<u32>,
    /// How many workers a technique may use [default: all cores]
    #[arg(long)]
    workers: Option<NonZeroUsize>,
    /// The longest that a worker may take over one request before it is ended [default: by size]
    #[arg(long, value_parser = units::budget)]
    limit: Option<Duration>,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    form: FormatOption,
}

fn parse_variant(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| format!("'{text}' is no variant; give numbers, such as 0 or 0,1,2"))
}

/// Runs the verb `list`.
pub(crate) fn list(args: &ListArgs) -> Result<ExitCode> {
    interrupt::listen();
    let fleet = Fleet::muster(&args.fleet)?;
    let columns = [
        Column::text("workload", "workload").kept(),
        Column::text("case", "case").kept(),
        Column::text("technique", "technique").kept(),
        Column::text("family", "family"),
        Column::text("question", "question"),
        Column::text("pattern", "pattern"),
        Column::text("status", "status").kept(),
        Column::text("reason", "reason"),
    ];
    let mut table = Table::new(columns);
    let reach = each(
        &fleet,
        &args.filter,
        &Input { size: Size::Tiny, variants: vec![0], workers: cores(), limit: None },
        |cell, _, outcome| {
            let (status, reason) = standing(outcome);
            let info = &cell.info;
            let paint = if status == "ready" { Paint::Plain } else { Paint::Dim };
            let texts = [&info.workload, &info.case, &info.technique, &cell.family];
            let mut row: Vec<Cell> = texts.map(|text| Cell::from(text.as_str())).into();
            row.push(info.question.to_string().into());
            row.push(info.pattern.as_str().into());
            row.push(Cell::from(status).paint(paint));
            row.push(Cell::from(reason.as_str()));
            table.row(row);
        },
    )?;
    table.print(args.form.format)?;
    absent(&fleet);
    Ok(reach.status(ExitCode::SUCCESS))
}

/// What a listing calls an outcome: what fails here is not available here.
fn standing(outcome: &Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Measured { .. } => ("ready", String::new()),
        Outcome::Refused { status: Status::Unfit, reason } => ("unfit", shorten(reason)),
        Outcome::Refused { status: Status::Unavailable, reason } => ("unavailable", shorten(reason)),
        Outcome::Refused { status: Status::Failed, reason } => {
            ("unavailable", format!("fails: {}", shorten(reason)))
        }
    }
}

/// Runs the verb `verify`.
pub(crate) fn verify(args: &VerifyArgs) -> Result<ExitCode> {
    interrupt::listen();
    let fleet = Fleet::muster(&args.fleet)?;
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
    let workers = args.workers.map_or_else(cores, NonZeroUsize::get);
    let input = Input { size: args.size, variants: args.variants.clone(), workers, limit: args.limit };
    let reach = each(&fleet, &args.filter, &input, |cell, variant, outcome| {
        let info = &cell.info;
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
                crate::say(&format!("wrong: {}, variant {variant}: {}", cell.name(), shorten(reason)));
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
    crate::say(&format!("{right} right, {wrong} wrong, {refused} refuse (`cargo xtask list` says why)"));
    Ok(reach.status(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}

/// What every cell is run on.
struct Input {
    size: Size,
    variants: Vec<u32>,
    workers: usize,
    limit: Option<Duration>,
}

/// How many of the chosen cells, on each input, were run before someone asked to end.
struct Reach {
    runs: usize,
    chosen: usize,
}

impl Reach {
    /// The exit status, if all would have given `all`; says what is missing.
    fn status(&self, all: ExitCode) -> ExitCode {
        if self.runs == self.chosen {
            return all;
        }
        let missing = self.chosen - self.runs;
        crate::say(&format!("interrupted: {missing} of {} cells were not reached", self.chosen));
        ExitCode::from(interrupt::STATUS)
    }
}

/// Runs every chosen cell once on each input and hands on what came of it. A family's cells share a process
/// until one of them breaks it.
fn each(
    fleet: &Fleet,
    filter: &Filter,
    input: &Input,
    mut told: impl FnMut(&FleetCell, u32, &Outcome),
) -> Result<Reach> {
    let limit = input.limit.unwrap_or(Duration::from_secs(plan::limit_s(input.size)));
    let mut running: HashMap<&str, Worker> = HashMap::new();
    let mut digests: HashMap<(&str, &str, u32), Option<String>> = HashMap::new();
    let mut chosen = fleet.choose(filter)?.1;
    // the peers' worker starts anew for each technique: daemons that take seconds to start once are enough
    chosen.sort_by_key(|cell| (cell.family == peers::FAMILY).then_some(&cell.info.technique));
    let style = ProgressStyle::with_template("{pos} of {len} cells · {wide_msg} {eta} left")?;
    let mut reach = Reach { runs: 0, chosen: chosen.len() * input.variants.len() };
    let bar = ProgressBar::new(reach.chosen as u64).with_style(style); // shown on a terminal only
    let runs = chosen.into_iter().flat_map(|cell| input.variants.iter().map(move |variant| (cell, *variant)));
    for (cell, variant) in runs {
        bar.set_message(cell.name());
        let mut worker = match running.remove(cell.family.as_str()) {
            Some(worker) => worker,
            None => Worker::spawn(&fleet.launches[&cell.family], input.workers)?,
        };
        let wanted = turn::prepare(cell, input.size, variant, input.workers);
        let outcome = match turn::measure(&mut worker, &wanted, &Measure::ONCE, limit) {
            Ok(outcome) => {
                running.insert(&cell.family, worker);
                let digest = digests.entry((&cell.info.workload, &cell.info.case, variant)).or_default();
                turn::agree(outcome, digest)
            }
            Err(why) if why.is::<Interrupted>() => break,
            Err(why) => Outcome::Refused { status: Status::Failed, reason: format!("{why:#}") },
        };
        bar.suspend(|| told(cell, variant, &outcome));
        reach.runs += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(reach)
}

fn absent(fleet: &Fleet) {
    for (worker, why) in &fleet.absent {
        crate::say(&format!("without {worker}: {why}"));
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
