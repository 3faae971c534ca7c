//! The verb `scale`: how a time grows with size, workers or the work per unit, and where techniques cross.
//!
//! A sweep looks for shapes, not for small differences: each point is the median over a few fresh
//! processes, in random order, with the lowest and highest beside it.

use crate::metg;
use crate::point::Point;
use anyhow::{Result, bail};
use parallax_harness::exit::Exit;
use parallax_harness::filter::Filter;
use parallax_harness::fleet::{Fleet, FleetArgs, FleetCell, Wanted};
use parallax_harness::table::{Cell, Column, FormatOption, Table};
use parallax_harness::turn::{Patience, ProbeAt, prepare, turn};
use parallax_harness::worker::{Interrupted, shorten};
use parallax_harness::{interrupt, machine_lock, units};
use parallax_method::median;
use parallax_method::schedule::Draw;
use parallax_record::journal::Outcome;
use parallax_record::name::BASELINE;
use parallax_record::name::full;
use parallax_record::plan::Mode;
use parallax_runner::protocol::{Measure, Prepare, Regime};
use parallax_suite::Size;
use std::collections::HashMap;
use std::process::ExitCode;

/// Sweep size, workers or the work per unit; the METG of task graphs
#[derive(Debug, clap::Args)]
pub(crate) struct ScaleArgs {
    /// What to vary; `metg` sweeps the work per task of `taskgraph` and finds where half is overhead
    #[arg(value_enum)]
    over: Over,
    #[command(flatten)]
    filter: Filter,
    /// The values, such as 1,2,4 [default: all sizes but large, all workers, powers of four]
    #[arg(long, value_delimiter = ',')]
    values: Vec<String>,
    /// Size of the inputs, where it is not what varies
    #[arg(long, default_value = "medium")]
    size: Size,
    /// How many workers, where they are not what varies [default: all cores]
    #[arg(long, value_parser = parallax_harness::workers::parse)]
    workers: Option<usize>,
    /// Fresh processes for each point
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    processes: u64,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    form: FormatOption,
}

/// What a sweep varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Over {
    /// The size of the input
    Size,
    /// How many workers
    Workers,
    /// Turns of opaque work per unit: the CPU share of `fanout`, the cost of `memo`
    Turns,
    /// Turns of work per task, and the smallest task that is worth its overhead
    Metg,
}

/// Runs the verb.
pub(crate) fn scale(args: &ScaleArgs) -> Result<ExitCode> {
    interrupt::listen();
    let _alone = machine_lock::take()?;
    let fleet = Fleet::muster_for(&args.fleet, &Wanted::Filtered(args.filter.clone()))?;
    let mut points = points(&fleet, args)?;
    let done = run(&fleet, &mut points, args);
    points.retain(|point| !point.times_ns.is_empty() || point.refused.is_some());
    if args.over == Over::Metg {
        metg::table(&points).print(args.form.format)?;
    } else {
        table(&points).print(args.form.format)?;
    }
    match done {
        Err(why) if why.is::<Interrupted>() => Ok(Exit::Interrupted.into()),
        done => done.map(|()| Exit::Done.into()),
    }
}

/// All points of the sweep, each cell at each value.
fn points(fleet: &Fleet, args: &ScaleArgs) -> Result<Vec<Point>> {
    let chosen = fleet.choose_first_cases(&args.filter)?;
    let metg = |cell: &&&FleetCell| args.over != Over::Metg || cell.info.workload == metg::WORKLOAD;
    let chosen: Vec<&FleetCell> = chosen.iter().filter(metg).copied().collect();
    if chosen.is_empty() {
        bail!("METG is a property of task graphs: choose cells of `{}` or leave -w out", metg::WORKLOAD);
    }
    let chosen = with_baselines(&fleet.cells, chosen);
    let is_baseline = |cell: &&FleetCell| cell.info.technique == BASELINE;
    if args.over == Over::Metg && !chosen.iter().any(is_baseline) {
        bail!("METG holds all techniques against {BASELINE}, which no worker has for `{}`", metg::WORKLOAD);
    }
    let values = if args.values.is_empty() { args.over.values() } else { args.values.clone() };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = args.workers.unwrap_or(cores);
    let mut points = Vec::new();
    for cell in chosen {
        for value in &values {
            let mut wanted = prepare(cell, args.size, 0, workers);
            args.over.set(&mut wanted, value)?;
            points.push(Point {
                workload: full(&cell.info.workload, &cell.info.case),
                technique: cell.info.technique.clone(),
                value: value.clone(),
                wanted,
                times_ns: Vec::new(),
                items: 0.0,
                cores: 1,
                refused: None,
                family: cell.family.clone(),
            });
        }
    }
    Ok(points)
}

/// The baseline comes along, before what is held against it: a sweep that leaves it out has no speedups.
fn with_baselines<'a>(all: &'a [FleetCell], chosen: Vec<&'a FleetCell>) -> Vec<&'a FleetCell> {
    let mut with: Vec<&FleetCell> = Vec::new();
    for cell in chosen {
        let work = |of: &FleetCell| (of.info.workload.clone(), of.info.case.clone());
        let has = |with: &[&FleetCell], technique: &str| {
            with.iter().any(|other| work(other) == work(cell) && other.info.technique == technique)
        };
        let baseline = all.iter().find(|other| work(other) == work(cell) && other.info.technique == BASELINE);
        with.extend(baseline.filter(|_| !has(&with, BASELINE)));
        if !has(&with, &cell.info.technique) {
            with.push(cell);
        }
    }
    with
}

impl Over {
    fn values(self) -> Vec<String> {
        let powers =
            |most: u32, step: usize| (0..=most).step_by(step).map(|p| (1u64 << p).to_string()).collect();
        match self {
            Over::Size => ["tiny", "small", "headline", "medium"].map(Into::into).into(),
            Over::Workers => {
                let cores = std::thread::available_parallelism().map_or(1, usize::from);
                (1..=cores).map(|n| n.to_string()).collect()
            }
            Over::Turns => powers(20, 2),
            Over::Metg => powers(16, 1),
        }
    }

    fn set(self, wanted: &mut Prepare, value: &str) -> Result<()> {
        let number = || match value.parse::<u64>() {
            Ok(number @ 1..=0x1_0000_0000) => Ok(number),
            _ => bail!("'{value}' is no number that can be swept; give whole numbers from 1 on"),
        };
        match self {
            Over::Size => wanted.size = value.parse().map_err(anyhow::Error::msg)?,
            Over::Workers => {
                wanted.workers = parallax_harness::workers::parse(value).map_err(anyhow::Error::msg)?
            }
            Over::Turns | Over::Metg => wanted.turns = Some(number()?),
        }
        Ok(())
    }
}

/// Measures every point, round by round, in an order drawn anew for each; in the first, baselines begin, since theirs
/// says how warm the others are sampled.
fn run(fleet: &Fleet, points: &mut [Point], args: &ScaleArgs) -> Result<()> {
    let (_, _, _, measure) = Mode::Quick.defaults();
    let plan = Measure { samples: 3, ..measure };
    let mut regimes: HashMap<(String, String), Regime> = HashMap::new();
    for round in 0..args.processes {
        let mut order: Vec<usize> = (0..points.len()).collect();
        Draw::new(0, round).shuffle(&mut order);
        if round == 0 {
            order.sort_by_key(|&index| points[index].technique != BASELINE);
        }
        for (done, &index) in order.iter().enumerate() {
            let point = &mut points[index];
            if point.refused.is_some() {
                continue;
            }
            let compared = (point.workload.clone(), point.value.clone());
            let plan = Measure { regime: regimes.get(&compared).copied(), ..plan.clone() };
            let patience = Patience::of(point.wanted.size);
            match turn(&fleet.launches[&point.family], &point.wanted, &plan, patience, ProbeAt::Never)?
                .outcome
            {
                Outcome::Measured { ready, measured } => {
                    point.times_ns.extend(median(&parallax_harness::analysis::run_ns(&measured)));
                    (point.items, point.cores) = (ready.facts.items, ready.cores);
                    if point.technique == BASELINE {
                        regimes.entry(compared).or_insert_with(|| plan.regime_after(measured.first_ns));
                    }
                }
                Outcome::Refused { reason, .. } => point.refused = Some(reason),
            }
            if (done + 1) % 50 == 0 {
                parallax_harness::say::say(&format!(
                    "round {} of {}: {} of {} points",
                    round + 1,
                    args.processes,
                    done + 1,
                    order.len()
                ));
            }
        }
    }
    Ok(())
}

fn table(points: &[Point]) -> Table {
    let columns = [
        Column::text("workload", "workload").kept(),
        Column::text("technique", "technique").kept(),
        Column::number("value", "value"),
        Column::number("time", "time_ns"),
        Column::number("least", "time_ns_least"),
        Column::number("most", "time_ns_most"),
        Column::number("speedup", "ratio"),
        Column::text("reason", "reason"),
    ];
    let mut table = Table::new(columns);
    for point in points {
        let baseline = points.iter().find(|other| {
            (other.workload.as_str(), other.value.as_str(), other.technique.as_str())
                == (point.workload.as_str(), point.value.as_str(), BASELINE)
        });
        let ratio = baseline.and_then(Point::time_ns).zip(point.time_ns()).map(|(base, time)| base / time);
        let end = |pick: fn(f64, f64) -> f64| point.times_ns.iter().copied().reduce(pick);
        let time = |ns: Option<f64>| ns.map_or_else(|| Cell::none("–"), |ns| Cell::new(units::time(ns), ns));
        table.row([
            point.workload.as_str().into(),
            point.technique.as_str().into(),
            point.value.as_str().into(),
            time(point.time_ns()),
            time(end(f64::min)),
            time(end(f64::max)),
            ratio.map_or_else(|| Cell::none("–"), |ratio| Cell::new(units::ratio(ratio), ratio)),
            point.refused.as_deref().map_or_else(|| Cell::none(""), |why| shorten(why).into()),
        ]);
    }
    table
}
