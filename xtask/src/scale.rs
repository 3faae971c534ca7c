//! The verb `scale`: how times grow along an axis, where techniques overtake each other, how far more workers help.
//!
//! A sweep is a run whose groups are its points: it has the blocks, the journal and the intervals of `bench`. Only
//! hosts are swept in another way: most of a cluster cannot be measured, so a model predicts it.

mod lengths;
mod plan;
mod sizes;

use crate::point::{Point, alone};
use crate::{hosts, rounds};
use anyhow::{Result, ensure};
use parallax_harness::exit::Exit;
use parallax_harness::filter::Filter;
use parallax_harness::fleet::{Fleet, FleetArgs, FleetCell, Wanted};
use parallax_harness::plan::Selection;
use parallax_harness::run::{self, Planned};
use parallax_harness::table::FormatOption;
use parallax_harness::worker::Interrupted;
use parallax_harness::{interrupt, machine_lock, units, workers};
use parallax_record::name::BASELINE;
use parallax_record::scale::Axis;
use parallax_suite::Size;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Sweep size, workers or work: from where on a technique is ahead, and how far more workers help
#[derive(Debug, clap::Args)]
pub(crate) struct ScaleArgs {
    /// What to vary
    #[arg(value_enum, required_unless_present = "resume", conflicts_with = "resume")]
    over: Option<Over>,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// The points, such as 1,2,4; sizes by name or as numbers of items, such as 4000 [default: from 10 items to the headline, with more where two techniques cross; 1, 2, 4 … all cores; powers of 4 or 16; all cases; 0.1,1,10,100 ms]
    #[arg(long, value_delimiter = ',', conflicts_with = "resume")]
    pub(crate) values: Vec<String>,
    /// Size of the inputs; where it varies, the largest, which also sets everything but the number of items [default: headline; for `lengths` small]
    #[arg(long, conflicts_with = "resume")]
    size: Option<Size>,
    /// How many workers, unless the sweep varies them [default: all cores]
    #[arg(long, value_parser = workers::parse, conflicts_with = "resume")]
    pub(crate) workers: Option<usize>,
    /// Blocks for each point, with a fresh process of each technique [default: 8; for `hosts` 3 processes]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1000), conflicts_with = "resume")]
    blocks: Option<u64>,
    /// Wall time for the whole sweep, such as 90s, 5m or 1h [default: 10m]
    #[arg(long, value_parser = units::budget, allow_hyphen_values = true)]
    budget: Option<Duration>,
    /// Go on with a sweep that was interrupted: its folder or name; the newest run if none is given
    #[arg(long, value_name = "RUN", num_args = 0..=1)]
    resume: Option<Option<PathBuf>>,
    /// Folder for the sweep's files [default: target/parallax/TIME]
    #[arg(long, conflicts_with = "resume")]
    out: Option<PathBuf>,
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
    /// How many workers; the laws of Amdahl and Gunther are fitted
    Workers,
    /// Turns of work per task of `taskgraph`: its METG, the smallest task that is worth its overhead
    Grain,
    /// Milliseconds of a task of `taskgraph`; all tasks together take the same time
    Lengths,
    /// Turns of work after each wait of `fanout`: its CPU share
    Cpu,
    /// Turns of work that a value of `memo` costs
    Cost,
    /// Bytes of a message of `mailbox`
    Payload,
    /// How many of 1024 accesses of `lookup` are writes
    Writes,
    /// How many hosts: those of `--hosts`, or processes on this machine; LogGP predicts more of them
    Hosts,
}

/// Runs the verb.
pub(crate) fn scale(args: &ScaleArgs) -> Result<ExitCode> {
    interrupt::listen();
    if args.over == Some(Over::Hosts) {
        return over_hosts(args);
    }
    ensure!(
        args.resume.is_none() || !args.filter.says_anything(),
        "a sweep goes on with the techniques that it has; leave -w, -t and -f out"
    );
    let axis = args.over.and_then(Over::axis);
    let planned = Planned {
        command: "cargo xtask scale",
        fleet: &args.fleet,
        wanted: args.selection().wanted(),
        resume: args.resume.clone(),
        out: args.out.clone(),
        budget: args.budget,
        format: args.form.format,
        plan: &|fleet: &Fleet| plan::plan(fleet, args, axis.unwrap_or(Axis::Size)),
    };
    Ok(run::sweep(planned)?.into())
}

/// Sweeps hosts: measured times, and the model's predictions for more hosts.
fn over_hosts(args: &ScaleArgs) -> Result<ExitCode> {
    let _alone = machine_lock::take()?;
    let fleet = Fleet::collect_for(&args.fleet, &args.wanted_for_hosts())?;
    let mut points = hosts::points(&fleet, args)?;
    let network = parallax_harness::hosts::measure(&fleet, hosts::most(&points), NETWORK_SAMPLES)?;
    let done = rounds::measure(&fleet, &mut points, args.blocks.unwrap_or(HOSTS_PROCESSES));
    points.retain(|point: &Point| !point.times_ns.is_empty() || point.refused.is_some());
    let found = hosts::Found::new(&points, network, args.fleet.hosts.is_some());
    parallax_harness::say::say(&found.words());
    found.print(args.form.format)?;
    match done {
        Err(why) if why.is::<Interrupted>() => Ok(Exit::Interrupted.into()),
        done => done.map(|()| Exit::Done.into()),
    }
}

/// Samples of each link between hosts.
const NETWORK_SAMPLES: usize = 31;

/// Fresh processes for each point of a sweep over hosts.
const HOSTS_PROCESSES: u64 = 3;

impl ScaleArgs {
    /// The size of the inputs, unless the sweep varies it.
    pub(crate) fn size(&self) -> Size {
        let usual = match self.over {
            Some(Over::Lengths) => Size::Small,
            Some(Over::Hosts) => Size::Medium,
            _ => Size::Headline,
        };
        self.size.unwrap_or(usual)
    }

    /// How many workers, unless the sweep varies them.
    pub(crate) fn workers(&self) -> usize {
        self.workers.unwrap_or_else(workers::cores)
    }

    /// The cells to sweep; by default those of a bench.
    fn selection(&self) -> Selection<'_> {
        Selection { filter: &self.filter, all: false }
    }

    /// The families to build for a sweep over hosts; by default those that leave the machine, and their reference.
    fn wanted_for_hosts(&self) -> Wanted {
        match self.filter.says_anything() {
            false => {
                Wanted::Families([parallax_harness::hosts::FAMILY.to_owned(), "threading".to_owned()].into())
            }
            true => Wanted::Filtered(self.filter.clone()),
        }
    }
}

impl Over {
    /// The axis of a run; none over hosts.
    fn axis(self) -> Option<Axis> {
        Some(match self {
            Over::Size => Axis::Size,
            Over::Workers => Axis::Workers,
            Over::Grain => Axis::Grain,
            Over::Lengths => Axis::Lengths,
            Over::Cpu => Axis::Cpu,
            Over::Cost => Axis::Cost,
            Over::Payload => Axis::Payload,
            Over::Writes => Axis::Writes,
            Over::Hosts => return None,
        })
    }
}

/// Puts the baseline, and the technique that does the same work alone, before the cells that are compared with them:
/// without them a sweep has no speedups.
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
