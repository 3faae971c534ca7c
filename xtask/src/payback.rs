//! The verb `payback`: checks from how many calls on a technique is ahead, by making the calls.

mod direct;
mod predicted;

use anyhow::{Context, Result};
use direct::{Found, Held, Of};
use parallax_harness::calls::calls;
use parallax_harness::exit::Exit;
use parallax_harness::fleet::{Fleet, FleetArgs, FleetCell, Wanted};
use parallax_harness::say::say;
use parallax_harness::style::Paint;
use parallax_harness::table::{Cell, Column, Format, FormatOption, Table};
use parallax_harness::turn::{Patience, prepare};
use parallax_harness::worker::shorten;
use parallax_harness::workspace::{profile, workspace};
use parallax_harness::{environment, identity, interrupt, machine_lock, units};
use parallax_method::Payback;
use parallax_record::environment::Key;
use parallax_record::name::{BASELINE, CellId, PEERS, find};
use parallax_runner::protocol::Prepare;
use predicted::{Predicted, Run};
use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Check from how many calls on a technique is ahead: fresh processes of both, timed from their start to their last
/// call
#[derive(Debug, clap::Args)]
pub(crate) struct PaybackArgs {
    /// Cells, such as julia/pipes [default: all for which the run predicts a number of calls]
    #[arg(value_name = "CELL")]
    cells: Vec<CellId>,
    /// The technique that they are to overtake
    #[arg(long, value_name = "TECHNIQUE", default_value = BASELINE)]
    over: String,
    /// The run whose predictions are checked [default: the newest]
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,
    /// Rounds of four processes: both techniques, each at a number of calls below the crossing and one above it
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(2..=1000))]
    rounds: u64,
    /// The longest that the calls of one process may take; cells that need longer are left out
    #[arg(long, default_value = "10s", value_parser = units::budget)]
    longest: Duration,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    form: FormatOption,
}

/// Runs the verb.
pub(crate) fn payback(args: &PaybackArgs) -> Result<ExitCode> {
    interrupt::listen();
    let run = Run::read(args.run.as_deref())?;
    let predicted = run.predicted(&args.cells, &args.over)?;
    let _alone = machine_lock::take()?;
    let families: BTreeSet<String> = predicted.iter().flat_map(families).collect();
    let with_peers = FleetArgs { peers: args.fleet.peers || families.contains(PEERS), ..args.fleet.clone() };
    let fleet = Fleet::collect_for(&with_peers, &Wanted::Families(families.clone()))?;
    tell_differences(&run, &fleet, &families);
    let mut rows = Vec::new();
    for one in &predicted {
        let row = match interrupt::asked() {
            true => Row { reason: Some("not reached".into()), ..Row::of(one) },
            false => measure(&fleet, one, args),
        };
        rows.push(row);
    }
    table(&rows, args.form.format).print(args.form.format)?;
    Ok(ended(&rows).into())
}

/// The families of both techniques.
fn families(of: &Predicted) -> [String; 2] {
    let family = |technique: &str| {
        let cell = of.group.cells.iter().find(|cell| cell.technique == technique);
        cell.map_or(&of.group.baseline, |cell| &cell.family).clone()
    };
    [family(&of.technique), family(&of.over)]
}

/// Reports what has changed since the run was made, as its figures may have changed as well.
fn tell_differences(run: &Run, fleet: &Fleet, families: &BTreeSet<String>) {
    let mut now = environment::read(workspace(), profile());
    (now.workers, now.peers) = (identity::workers(fleet, &run.plan), identity::peers(&run.plan));
    let [then, now] = [run.environment.key(), now.key()].map(|mut key: Key| {
        key.workers.retain(|family, _| families.contains(family));
        key
    });
    for difference in then.differences(&now) {
        say(&format!("not as in the run: {difference}"));
    }
}

/// One cell: the run's prediction, and the measurement.
struct Row {
    predicted: Predicted,
    found: Found,
    reason: Option<String>,
}

impl Row {
    fn of(predicted: &Predicted) -> Self {
        Row { predicted: predicted.clone(), found: Found::default(), reason: None }
    }

    fn held(&self) -> Held {
        Held::of(&self.predicted.payback, self.found.measured.as_ref())
    }
}

/// Makes the calls. A cell that breaks, or would take too long, has the reason in its row.
fn measure(fleet: &Fleet, predicted: &Predicted, args: &PaybackArgs) -> Row {
    let most = (args.longest.as_nanos() as f64 / predicted.call_ns.max(1.0)) as u64;
    let (needed, calls) = (predicted.payback.calls * direct::AROUND, predicted.payback.calls);
    if needed > most as f64 {
        let longest = Duration::from_nanos((2.0 * needed * predicted.call_ns) as u64);
        let reason =
            format!("its calls take longer than --longest; give {}", units::wait(longest).replace(' ', ""));
        return Row { reason: Some(reason), ..Row::of(predicted) };
    }
    say(&format!("{} over {}, about {} calls", predicted.cell(), predicted.over, units::count(calls as u64)));
    let found = cells(fleet, predicted).and_then(|cells| {
        let mut take = |of: Of, calls: u64, variant: u32| take(fleet, predicted, cells, (of, calls, variant));
        direct::measure(calls, most, args.rounds, &mut take)
    });
    match found {
        Ok(found) => Row { reason: why_no_place(&found), found, ..Row::of(predicted) },
        Err(why) => Row { reason: Some(shorten(&format!("{why:#}"))), ..Row::of(predicted) },
    }
}

fn why_no_place(found: &Found) -> Option<String> {
    match found {
        Found { measured: Some(_), .. } => None,
        Found { interrupted: true, .. } => Some("interrupted before two rounds were over".into()),
        Found { at: [low, high], .. } => Some(format!(
            "{low} and {high} calls do not separate the two; give more --rounds, or a larger --longest"
        )),
    }
}

/// The cell that gets ahead, and the one that it is compared with.
fn cells<'a>(fleet: &'a Fleet, predicted: &Predicted) -> Result<[&'a FleetCell; 2]> {
    let [one, other] = families(predicted);
    let cell = |id: &CellId, family: &str| {
        let of_family: Vec<&FleetCell> = fleet.cells.iter().filter(|cell| cell.family == family).collect();
        let absent = fleet.absent.iter().find(|(name, _)| name == family);
        let found = find(id, &of_family, |cell| {
            [cell.info.workload.as_str(), cell.info.case.as_str(), cell.info.technique.as_str()]
        });
        found.copied().with_context(|| match absent {
            Some((name, why)) => format!("without {name}: {why}"),
            None => format!("the worker of {family} no longer has it"),
        })
    };
    Ok([cell(&predicted.cell(), &one)?, cell(&predicted.other(), &other)?])
}

/// One process: nanoseconds from its start to the end of its last call.
fn take(
    fleet: &Fleet,
    predicted: &Predicted,
    [one, other]: [&FleetCell; 2],
    (of, number, variant): (Of, u64, u32),
) -> Result<f64> {
    let cell = if of == Of::One { one } else { other };
    let wanted: Prepare = prepare(cell, predicted.group.size, variant, predicted.group.workers);
    // twice the run's estimate, in addition to the limit of any request of this size
    let expected = Duration::from_nanos((2.0 * number as f64 * predicted.call_ns) as u64);
    let usual = Patience::of(wanted.size);
    let patience = Patience { run: usual.run + expected, ..usual };
    let number = NonZeroU64::new(number).context("the number of calls is zero")?;
    Ok(calls(&fleet.launches[&cell.family], &wanted, number, patience)? as f64)
}

/// Predictions next to measurements: a short line for people, a column for each end of an interval for programs.
fn table(rows: &[Row], format: Format) -> Table {
    let is_for_people = matches!(format, Format::Text | Format::Md);
    let mut columns = vec![
        Column::text("cell", "cell").kept(),
        Column::text("over", "over").kept(),
        Column::text("calls by the run", "predicted_calls").kept(),
        Column::text("measured", "measured_calls"),
        Column::text("it", "verdict").kept(),
    ];
    if !is_for_people {
        let more = [
            "predicted_low",
            "predicted_high",
            "measured_low",
            "measured_high",
            "calls_below",
            "calls_above",
        ];
        columns.extend(more.map(|key| Column::number(key, key)));
        columns.extend(["rounds", "workers"].map(|key| Column::number(key, key)));
        columns.extend(["size", "reason"].map(|key| Column::text(key, key)));
    }
    let mut table = Table::new(columns);
    for row in rows {
        let mut cells = told(row);
        if !is_for_people {
            cells.extend(more(row));
        }
        table.row(cells);
    }
    table
}

fn told(row: &Row) -> Vec<Cell> {
    let calls = |of: &Payback| {
        let [calls, low, high] = [of.calls, of.low, of.high].map(|calls| units::count(calls as u64));
        Cell::new(format!("{calls} ({low} to {high})"), of.calls)
    };
    let reason = row.reason.as_deref().unwrap_or_default();
    let held = row.held();
    let paint = match held {
        Held::Holds => Paint::Green,
        Held::Fails => Paint::Red,
        Held::Open => Paint::Dim,
    };
    vec![
        Cell::from(row.predicted.cell().to_string()),
        row.predicted.over.as_str().into(),
        calls(&row.predicted.payback),
        row.found.measured.as_ref().map_or_else(|| Cell::none(reason), calls),
        Cell::from(held.words()).paint(paint),
    ]
}

/// The columns that only programs read.
fn more(row: &Row) -> Vec<Cell> {
    let number = |value: Option<f64>| value.map_or_else(|| Cell::none(""), |value| Cell::new("", value));
    let (predicted, measured) = (&row.predicted.payback, row.found.measured);
    let ends =
        [Some(predicted.low), Some(predicted.high), measured.map(|of| of.low), measured.map(|of| of.high)];
    let at = row.found.at.map(|calls| (calls > 0).then_some(calls as f64));
    let reason = row.reason.as_deref().map_or_else(|| Cell::none(""), Cell::from);
    let group = &row.predicted.group;
    ends.into_iter()
        .chain(at)
        .map(number)
        .chain([
            Cell::new("", row.found.rounds),
            Cell::new("", group.workers),
            group.size.name().into(),
            reason,
        ])
        .collect()
}

/// Reports how many predictions hold; returns the exit status.
fn ended(rows: &[Row]) -> Exit {
    let of = |held: Held| rows.iter().filter(|row| row.held() == held).count();
    let (holds, fails, open) = (of(Held::Holds), of(Held::Fails), of(Held::Open));
    say(&format!(
        "{holds} of {} hold: the measured number lies within the interval; {fails} fail: the two intervals lie \
         apart; {open} open",
        rows.len()
    ));
    match (interrupt::asked(), fails) {
        (true, _) => Exit::Interrupted,
        (false, 0) => Exit::Done,
        (false, _) => Exit::Wrong,
    }
}
