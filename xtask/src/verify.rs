//! The verbs `list` and `verify`: which cells there are, and whether each is right.
//!
//! A listing asks no more than it must: a worker that knows whether a cell can run, without starting it, is believed,
//! and the other cells run once at the smallest size.

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use parallax_harness::filter::Filter;
use parallax_harness::fleet::{Fleet, FleetArgs, FleetCell};
use parallax_harness::interrupt;
use parallax_harness::style::Paint;
use parallax_harness::table::{Cell, Column, FormatOption, Table};
use parallax_harness::turn::{self, Patience};
use parallax_harness::units;
use parallax_harness::worker::{Interrupted, NoAnswer, Worker, shorten};
use parallax_harness::workers::{self, cores};
use parallax_record::journal::Outcome;
use parallax_runner::protocol::{Known, Measure, Status};
use parallax_suite::Size;
use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;

/// How long a listing waits for one cell: one that is slower is told so, and `verify` waits for it.
const LOOK: Duration = Duration::from_secs(10);

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
    /// Size of the inputs: tiny, small, headline, medium or large
    #[arg(long, default_value = "small")]
    size: Size,
    /// Which inputs, as in 0,1,2
    #[arg(long = "variant", value_delimiter = ',', default_value = "0", value_parser = parse_variant)]
    variants: Vec<u32>,
    /// How many workers a technique may use [default: all cores]
    #[arg(long, value_parser = workers::parse)]
    workers: Option<usize>,
    /// The longest that a worker may take over one request before it is ended [default: by size]
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
    let chosen = fleet.choose(&args.filter)?.1;
    let mut standings: Vec<Option<(&str, String)>> =
        chosen.iter().map(|cell| cell.info.known.as_ref().map(told)).collect();
    let unknown: Vec<&FleetCell> = chosen.iter().copied().filter(|cell| cell.info.known.is_none()).collect();
    let input = Input {
        size: Size::Tiny,
        variants: vec![0],
        workers: cores(),
        patience: Patience { start: LOOK, run: LOOK, until_ns: None },
        give_up: true,
    };
    let reach = each(&fleet, unknown, &input, |cell, _, outcome| {
        let place = chosen.iter().position(|other| std::ptr::eq(*other, cell));
        place.into_iter().for_each(|place| standings[place] = Some(standing(outcome)));
    })?;
    let mut table = Table::new(columns);
    for (cell, standing) in chosen.iter().zip(standings) {
        let Some((status, reason)) = standing else { continue };
        let info = &cell.info;
        let paint = if status == "ready" { Paint::Plain } else { Paint::Dim };
        let texts = [&info.workload, &info.case, &info.technique, &cell.family];
        let mut row: Vec<Cell> = texts.map(|text| Cell::from(text.as_str())).into();
        row.push(info.question.to_string().into());
        row.push(info.pattern.as_str().into());
        row.push(Cell::from(status).paint(paint));
        row.push(Cell::from(reason.as_str()));
        table.row(row);
    }
    table.print(args.form.format)?;
    absent(&fleet);
    Ok(reach.status(ExitCode::SUCCESS))
}

/// What a listing calls what a worker says without starting anything.
fn told(known: &Known) -> (&'static str, String) {
    match known {
        Known::Ready => ("ready", String::new()),
        Known::Unfit { reason } => ("unfit", shorten(reason)),
        Known::Unavailable { reason } => ("unavailable", shorten(reason)),
    }
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
                parallax_harness::say::say(&format!(
                    "wrong: {}, variant {variant}: {}",
                    cell.name(),
                    shorten(reason)
                ));
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
    parallax_harness::say::say(&format!(
        "{right} right, {wrong} wrong, {refused} refuse (`cargo xtask list` says why)"
    ));
    Ok(reach.status(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}

/// What every cell is run on.
struct Input {
    size: Size,
    variants: Vec<u32>,
    workers: usize,
    patience: Patience,
    /// Whether a technique that gave no answer is not tried again.
    give_up: bool,
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
        parallax_harness::say::say(&format!(
            "interrupted: {missing} of {} cells were not reached",
            self.chosen
        ));
        ExitCode::from(interrupt::STATUS)
    }
}

/// Runs every chosen cell once on each input and hands on what came of it. A family's cells share a process
/// until one of them breaks it.
fn each(
    fleet: &Fleet,
    mut chosen: Vec<&FleetCell>,
    input: &Input,
    mut told: impl FnMut(&FleetCell, u32, &Outcome),
) -> Result<Reach> {
    let mut running: HashMap<&str, Worker> = HashMap::new();
    let mut digests: HashMap<(&str, &str, u32), Option<String>> = HashMap::new();
    let mut stuck: HashMap<(&str, &str), String> = HashMap::new();
    // the peers' worker starts anew for each technique: daemons that take seconds to start once are enough
    chosen.sort_by_key(|cell| (cell.family == parallax_record::name::PEERS).then_some(&cell.info.technique));
    let style = ProgressStyle::with_template("{pos} of {len} cells · {wide_msg} {eta} left")?;
    let mut reach = Reach { runs: 0, chosen: chosen.len() * input.variants.len() };
    let bar = ProgressBar::new(reach.chosen as u64).with_style(style); // shown on a terminal only
    let runs = chosen.into_iter().flat_map(|cell| input.variants.iter().map(move |variant| (cell, *variant)));
    for (cell, variant) in runs {
        bar.set_message(cell.name());
        let technique = (cell.family.as_str(), cell.info.technique.as_str());
        let outcome = match stuck.get(&technique) {
            Some(why) => failed(why.clone()),
            None => {
                let mut worker = match running.remove(cell.family.as_str()) {
                    Some(worker) => worker,
                    None => Worker::spawn(&fleet.launches[&cell.family], input.workers)?,
                };
                let wanted = turn::prepare(cell, input.size, variant, input.workers);
                match turn::measure(&mut worker, &wanted, &Measure::ONCE, input.patience) {
                    Ok(outcome) => {
                        running.insert(&cell.family, worker);
                        let digest =
                            digests.entry((&cell.info.workload, &cell.info.case, variant)).or_default();
                        turn::agree(outcome, digest)
                    }
                    Err(why) if why.is::<Interrupted>() => break,
                    Err(why) => {
                        if input.give_up && why.is::<NoAnswer>() {
                            let name = cell.name();
                            stuck.insert(
                                technique,
                                format!("{name} gave no answer; `cargo xtask verify` waits"),
                            );
                        }
                        failed(format!("{why:#}"))
                    }
                }
            }
        };
        bar.suspend(|| told(cell, variant, &outcome));
        reach.runs += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(reach)
}

fn failed(reason: String) -> Outcome {
    Outcome::Refused { status: Status::Failed, reason }
}

fn absent(fleet: &Fleet) {
    for (worker, why) in &fleet.absent {
        parallax_harness::say::say(&format!("without {worker}: {why}"));
    }
}
