//! The verb `list`: the cells, and why some cannot run here.
//!
//! If the worker can tell without starting a cell whether it can run, its answer counts; the other cells run once at
//! the smallest size.

use crate::each::{Input, absent, each};
use anyhow::Result;
use parallax_harness::exit::Exit;
use parallax_harness::filter::Filter;
use parallax_harness::fleet::{Fleet, FleetArgs, FleetCell, Wanted};
use parallax_harness::interrupt;
use parallax_harness::style::Paint;
use parallax_harness::table::{Cell, Column, FormatOption, Table};
use parallax_harness::turn::Patience;
use parallax_harness::worker::shorten;
use parallax_harness::workers::cores;
use parallax_record::journal::Outcome;
use parallax_runner::protocol::{Known, Status};
use parallax_suite::Size;
use std::process::ExitCode;
use std::time::Duration;

/// How long a listing waits for a cell; a slower one is reported as unavailable, and `verify` waits longer.
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

/// Runs the verb `list`.
pub(crate) fn list(args: &ListArgs) -> Result<ExitCode> {
    interrupt::listen();
    let fleet = Fleet::collect_for(&args.fleet, &Wanted::Filtered(args.filter.clone()))?;
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
    Ok(reach.ended(Exit::Done))
}

/// The status and reason of a cell that its worker knows without starting it.
fn told(known: &Known) -> (&'static str, String) {
    match known {
        Known::Ready => ("ready", String::new()),
        Known::Unfit { reason } => ("unfit", shorten(reason)),
        Known::Unavailable { reason } => ("unavailable", shorten(reason)),
    }
}

/// The status and reason of an outcome; a cell that fails here counts as unavailable.
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
