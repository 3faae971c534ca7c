//! The verb `scale`: how a time grows with size, workers or the work per unit, and where techniques cross.
//!
//! A sweep looks for shapes, not for small differences: each point is the median over a few fresh
//! processes, in random order, with the lowest and highest beside it.

use crate::point::{Point, alone};
use crate::{hosts, lengths, metg, rounds};
use anyhow::{Result, bail};
use parallax_harness::exit::Exit;
use parallax_harness::filter::Filter;
use parallax_harness::fleet::{Fleet, FleetArgs, FleetCell, Wanted};
use parallax_harness::table::{Cell, Column, FormatOption, Table};
use parallax_harness::turn::prepare;
use parallax_harness::worker::{Interrupted, shorten};
use parallax_harness::{interrupt, machine_lock, units};
use parallax_record::name::BASELINE;
use parallax_runner::protocol::Prepare;
use parallax_suite::Size;
use std::process::ExitCode;

/// Sweep size, workers or the work per unit; the METG of task graphs
#[derive(Debug, clap::Args)]
pub(crate) struct ScaleArgs {
    /// What to vary; `metg` sweeps the work per task of `taskgraph` and finds where half is overhead, `lengths` sweeps the
    /// length of its tasks in milliseconds while all of them together stay as long
    #[arg(value_enum)]
    over: Over,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// The values, such as 1,2,4 [default: all sizes but large, all workers, powers of four or two; 0.1,1,10,100 ms]
    #[arg(long, value_delimiter = ',')]
    pub(crate) values: Vec<String>,
    /// Size of the inputs, where it is not what varies [default: medium; for `lengths` small]
    #[arg(long)]
    size: Option<Size>,
    /// How many workers, where they are not what varies [default: all cores]
    #[arg(long, value_parser = parallax_harness::workers::parse)]
    pub(crate) workers: Option<usize>,
    /// Fresh processes for each point
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    processes: u64,
    #[command(flatten)]
    pub(crate) fleet: FleetArgs,
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
    /// How long a task is: from which length on a scheduler is worth it
    Lengths,
    /// How many hosts: those of `--hosts`, or processes on this machine; and by LogGP how it goes on from there
    Hosts,
}

/// Runs the verb.
pub(crate) fn scale(args: &ScaleArgs) -> Result<ExitCode> {
    interrupt::listen();
    let _alone = machine_lock::take()?;
    let fleet = Fleet::muster_for(&args.fleet, &args.wanted())?;
    let mut points = match args.over {
        Over::Hosts => hosts::points(&fleet, args)?,
        Over::Lengths => lengths::points(&fleet, cells(&fleet, args)?, args)?,
        _ => points(&fleet, args)?,
    };
    let network = match args.over {
        Over::Hosts => Some(parallax_harness::hosts::measure(&fleet, hosts::most(&points), NETWORK_SAMPLES)?),
        _ => None,
    };
    let done = rounds::measure(&fleet, &mut points, args.processes);
    points.retain(|point| !point.times_ns.is_empty() || point.refused.is_some());
    match (args.over, network) {
        (_, Some(network)) => {
            let found = hosts::Found::new(&points, network, args.fleet.hosts.is_some());
            parallax_harness::say::say(&found.words());
            found.print(args.form.format)?;
        }
        (Over::Metg, _) => metg::table(&points).print(args.form.format)?,
        (Over::Lengths, _) => lengths::table(&points).print(args.form.format)?,
        _ => table(&points).print(args.form.format)?,
    }
    match done {
        Err(why) if why.is::<Interrupted>() => Ok(Exit::Interrupted.into()),
        done => done.map(|()| Exit::Done.into()),
    }
}

/// How often the ways between hosts are sampled.
const NETWORK_SAMPLES: usize = 31;

/// The cells that are swept, with what they are held against.
fn cells<'a>(fleet: &'a Fleet, args: &ScaleArgs) -> Result<Vec<&'a FleetCell>> {
    let chosen = fleet.choose_first_cases(&args.filter)?;
    if !matches!(args.over, Over::Metg | Over::Lengths) {
        return Ok(with_baselines(&fleet.cells, chosen));
    }
    let of_tasks: Vec<&FleetCell> =
        chosen.into_iter().filter(|cell| cell.info.workload == metg::WORKLOAD).collect();
    if of_tasks.is_empty() {
        bail!(
            "only task graphs have tasks of any length: choose cells of `{}` or leave -w out",
            metg::WORKLOAD
        );
    }
    let of_tasks = with_baselines(&fleet.cells, of_tasks);
    if !of_tasks.iter().any(|cell| cell.info.technique == BASELINE) {
        bail!("all techniques are held against {BASELINE}, which no worker has for `{}`", metg::WORKLOAD);
    }
    Ok(of_tasks)
}

/// All points of the sweep, each cell at each value.
fn points(fleet: &Fleet, args: &ScaleArgs) -> Result<Vec<Point>> {
    let values = if args.values.is_empty() { args.over.values() } else { args.values.clone() };
    let mut points = Vec::new();
    for cell in cells(fleet, args)? {
        for value in &values {
            let mut wanted = prepare(cell, args.size(), 0, args.workers());
            args.over.set(&mut wanted, value)?;
            points.push(Point::new(cell, value, wanted));
        }
    }
    Ok(points)
}

impl ScaleArgs {
    /// The size of the inputs, where it is not what varies.
    pub(crate) fn size(&self) -> Size {
        let usual = if self.over == Over::Lengths { Size::Small } else { Size::Medium };
        self.size.unwrap_or(usual)
    }

    /// How many workers, where they are not what varies.
    pub(crate) fn workers(&self) -> usize {
        self.workers.unwrap_or_else(parallax_harness::workers::cores)
    }

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

/// The baseline comes along, and what else does the same work alone, before what is held against it: a sweep that leaves
/// them out has no speedups.
pub(crate) fn with_baselines<'a>(all: &'a [FleetCell], chosen: Vec<&'a FleetCell>) -> Vec<&'a FleetCell> {
    let mut with: Vec<&FleetCell> = Vec::new();
    for cell in chosen {
        let work = |of: &FleetCell| (of.info.workload.clone(), of.info.case.clone());
        let named =
            |of: &&FleetCell, technique: &str| work(of) == work(cell) && of.info.technique == technique;
        for technique in [BASELINE, alone(cell), &cell.info.technique] {
            if !with.iter().any(|other| named(other, technique)) {
                with.extend(all.iter().find(|other| named(other, technique)));
            }
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
            Over::Hosts | Over::Lengths => Vec::new(),
        }
    }

    pub(crate) fn set(self, wanted: &mut Prepare, value: &str) -> Result<()> {
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
            Over::Lengths => {} // as many turns as a length takes, which is found by measuring
        }
        Ok(())
    }
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
