//! The verb `scale`: how a time grows with size, workers or the work per unit, and where techniques cross.
//!
//! A sweep looks for shapes, not for small differences: each point is the median over a few fresh
//! processes, in random order, with the lowest and highest beside it.

use crate::hosts::{self, CALIBRATED_ON, CALIBRATION, EMPTY_CALL, EMPTY_ROUNDS, MERE_BYTES};
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
    /// How many hosts: those of `--hosts`, or processes on this machine; and by LogGP how it goes on from there
    Hosts,
}

/// Runs the verb.
pub(crate) fn scale(args: &ScaleArgs) -> Result<ExitCode> {
    interrupt::listen();
    let _alone = machine_lock::take()?;
    let fleet = Fleet::muster_for(&args.fleet, &args.wanted())?;
    let mut points = match args.over {
        Over::Hosts => over_hosts(&fleet, args)?,
        _ => points(&fleet, args)?,
    };
    let network = match args.over {
        Over::Hosts => Some(parallax_harness::hosts::measure(&fleet, most_hosts(&points), NETWORK_SAMPLES)?),
        _ => None,
    };
    let done = run(&fleet, &mut points, args);
    points.retain(|point| !point.times_ns.is_empty() || point.refused.is_some());
    match (args.over, network) {
        (_, Some(network)) => {
            let found = hosts::Found::new(&points, network, args.fleet.hosts.is_some());
            parallax_harness::say::say(&found.words());
            found.print(args.form.format)?;
        }
        (Over::Metg, _) => metg::table(&points).print(args.form.format)?,
        _ => table(&points).print(args.form.format)?,
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
            points.push(point(cell, value, wanted));
        }
    }
    Ok(points)
}

fn point(cell: &FleetCell, value: &str, wanted: Prepare) -> Point {
    Point {
        workload: full(&cell.info.workload, &cell.info.case),
        technique: cell.info.technique.clone(),
        value: value.to_owned(),
        wanted,
        times_ns: Vec::new(),
        items: 0.0,
        cores: 1,
        refused: None,
        family: cell.family.clone(),
        spread: None,
    }
}

/// What is spread over hosts where nothing is chosen: no messages, large results, borders, and many small tasks.
const SPREAD_WORKLOADS: [&str; 4] = ["montecarlo", "julia", "heat", "taskgraph"];

/// How often the ways between hosts are sampled.
const NETWORK_SAMPLES: usize = 31;

/// Those techniques that leave the machine on each number of hosts, the others on this machine once, and next to no work
/// on two hosts.
fn over_hosts(fleet: &Fleet, args: &ScaleArgs) -> Result<Vec<Point>> {
    let mut chosen = with_baselines(&fleet.cells, fleet.choose_first_cases(&args.filter)?);
    if !args.filter.says_anything() {
        chosen.retain(|cell| {
            let far_or_held_against = !cell.family.starts_with("threading") || cell.info.technique == "rayon";
            far_or_held_against && SPREAD_WORKLOADS.contains(&cell.info.workload.as_str())
        });
    }
    let is_far = |cell: &FleetCell| cell.family.starts_with(parallax_harness::hosts::FAMILY);
    if !chosen.iter().any(|cell| is_far(cell)) {
        bail!("nothing that was chosen leaves this machine; name -f {}", parallax_harness::hosts::FAMILY);
    }
    let cores = parallax_harness::workers::cores();
    let named = match args.fleet.hosts {
        Some(_) => parallax_harness::hosts::named(fleet)?.iter().map(|place| place.workers).sum(),
        None => cores.max(CALIBRATED_ON),
    };
    let values = match args.values.is_empty() {
        true => (0..)
            .map(|k| 1usize << k)
            .take_while(|hosts| *hosts < named)
            .chain([named])
            .map(|n| n.to_string())
            .collect(),
        false => args.values.clone(),
    };
    let mut points = Vec::new();
    for cell in &chosen {
        if !is_far(cell) {
            points.push(point(cell, "here", prepare(cell, args.size, 0, args.workers.unwrap_or(cores))));
            continue;
        }
        for value in &values {
            let mut wanted = prepare(cell, args.size, 0, 1);
            args.over.set(&mut wanted, value)?;
            points.push(point(cell, value, wanted));
        }
    }
    for (workload, size, turns) in [EMPTY_CALL, EMPTY_ROUNDS, MERE_BYTES] {
        let work = |cell: &&FleetCell| full(&cell.info.workload, &cell.info.case) == workload;
        for cell in fleet.cells.iter().filter(work).filter(|cell| {
            cell.info.technique == BASELINE
                || chosen.iter().any(|of| is_far(of) && of.info.technique == cell.info.technique)
        }) {
            let wanted = Prepare { turns, ..prepare(cell, size, 0, CALIBRATED_ON) };
            points.push(point(cell, CALIBRATION, wanted));
        }
    }
    Ok(points)
}

fn most_hosts(points: &[Point]) -> usize {
    points.iter().filter(|point| hosts::is_far(point)).map(|point| point.wanted.workers).max().unwrap_or(1)
}

impl ScaleArgs {
    /// What is to be built: over hosts, where nothing is chosen, what leaves the machine and what it is held against.
    fn wanted(&self) -> Wanted {
        match self.over {
            Over::Hosts if !self.filter.says_anything() => {
                Wanted::Families([parallax_harness::hosts::FAMILY.to_owned(), "threading".to_owned()].into())
            }
            _ => Wanted::Filtered(self.filter.clone()),
        }
    }
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
            Over::Hosts => Vec::new(),
        }
    }

    fn set(self, wanted: &mut Prepare, value: &str) -> Result<()> {
        let number = || match value.parse::<u64>() {
            Ok(number @ 1..=0x1_0000_0000) => Ok(number),
            _ => bail!("'{value}' is no number that can be swept; give whole numbers from 1 on"),
        };
        match self {
            Over::Size => wanted.size = value.parse().map_err(anyhow::Error::msg)?,
            Over::Workers | Over::Hosts => {
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
                    point.spread = ready.facts.spread.map(|spread| *spread);
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
