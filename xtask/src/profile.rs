//! The verb `profile`: where a cell spends its time, as a flame graph and a table, by a profiler that works here.
//!
//! The worker is started and loaded as in `bench`; then a profiler is attached, and only what it sees while the
//! worker's clock runs counts.

mod attached;
mod callgrind;
mod counts;
mod inside;
mod method;
mod perf;
mod score;
mod script;
mod seen;
mod session;
mod spy;
mod strip;
mod svg;
mod told;
mod tree;

use self::method::Method;
use self::seen::Seen;
use self::session::Session;
use crate::rounds;
use anyhow::{Context, Result};
use parallax_harness::fleet::{Fleet, FleetArgs, FleetCell};
use parallax_harness::table::FormatOption;
use parallax_harness::turn::{Patience, prepare};
use parallax_harness::units::{budget, count, things};
use parallax_harness::worker::Launch;
use parallax_record::name::{CellId, find};
use parallax_runner::hotspots;
use parallax_runner::protocol::Prepare;
use parallax_suite::Size;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// With fewer looks than this, a warning says how large an error chance alone makes.
const FEW: u64 = 1000;

/// From this share of broken stacks on, the reader is warned.
const BROKEN: f64 = 0.05;

/// Profile one cell: a flame graph, a table of where the time went, and what the processor counted
#[derive(Debug, clap::Args)]
pub(crate) struct ProfileArgs {
    /// The cell, such as julia/rayon; hotspots/sequential is a fixture that scores the profiler
    cell: CellId,
    /// Where the flame graph goes [default: target/parallax/profiles/WORKLOAD-TECHNIQUE.svg]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Size of the input
    #[arg(long, default_value = "medium")]
    size: Size,
    /// Which input
    #[arg(long, default_value_t = 0)]
    variant: u32,
    /// How many workers [default: all cores]
    #[arg(long, value_parser = parallax_harness::workers::parse)]
    workers: Option<usize>,
    /// Turns of opaque work per unit, if the workload has them
    #[arg(long)]
    turns: Option<u64>,
    /// Units of work, if the workload can have any number of them
    #[arg(long)]
    units: Option<u64>,
    /// How long to profile
    #[arg(long = "for", default_value = "5s", value_name = "TIME", value_parser = budget)]
    time: Duration,
    /// Which profiler [default: the first that may run here]
    #[arg(long, value_enum)]
    with: Option<Method>,
    #[command(flatten)]
    form: FormatOption,
    #[command(flatten)]
    fleet: FleetArgs,
}

/// What to profile, and for how long.
#[derive(Clone)]
pub(crate) struct Asked<'a> {
    launch: &'a Launch,
    wanted: Prepare,
    patience: Patience,
    time: Duration,
    /// Whether to show Python's functions instead of the interpreter's own.
    python: bool,
}

impl Asked<'_> {
    /// A worker with the cell ready, started by `launch`.
    fn session(&self, launch: &Launch) -> Result<Session> {
        Session::start(launch, &self.wanted, self.patience)
    }
}

/// What the weights of a profile count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Looks, each for the same CPU time.
    Looks,
    /// Instructions.
    Instructions,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Unit::Looks => "looks",
            Unit::Instructions => "instructions",
        }
    }
}

/// What a profiler saw, and how.
pub(crate) struct Recorded {
    seen: Seen,
    unit: Unit,
    how: String,
    runs: u64,
    warnings: Vec<String>,
}

impl Recorded {
    /// Whether most stacks were not followed to where their thread begins.
    fn hides_callers(&self) -> bool {
        self.seen.broken() > 0.5
    }

    /// The record where no profiler works.
    fn nothing(warnings: Vec<String>) -> Self {
        let how = "no profiler may run here".to_owned();
        let (seen, unit) = (Seen::default(), Unit::Looks);
        Recorded { seen, unit, how, runs: 0, warnings }
    }
}

/// Runs the verb.
pub(crate) fn profile(args: &ProfileArgs) -> Result<ExitCode> {
    let mut fleet = Fleet::collect(&args.fleet)?;
    if args.cell.workload == hotspots::NAME {
        fleet = fleet.with_fixtures()?;
    }
    let cell = find(&args.cell, &fleet.cells, |cell| {
        [cell.info.workload.as_str(), cell.info.case.as_str(), cell.info.technique.as_str()]
    })?;
    let launch = &fleet.launches[&cell.family];
    let python = cell.info.libraries.contains_key("python");
    let wanted = wanted(args, &fleet, cell)?;
    let asked = Asked { launch, wanted, patience: Patience::of(args.size), time: args.time, python };
    let methods = args.with.map_or_else(|| Method::order(launch, python), |method| vec![method]);
    let folder = tempfile::tempdir().context("cannot make a folder for the recording")?;
    let recorded = method::first(&methods, &asked, folder.path())?;
    let counts = counts::count(&asked, folder.path());
    let picture = args.out.clone().unwrap_or_else(|| default_picture(cell));
    tell(args, cell, &asked, &recorded, &counts, &picture)?;
    Ok(ExitCode::SUCCESS)
}

fn wanted(args: &ProfileArgs, fleet: &Fleet, cell: &FleetCell) -> Result<Prepare> {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = args.workers.unwrap_or(all);
    let wanted = prepare(cell, args.size, args.variant, workers);
    let wanted = Prepare { turns: args.turns, units: args.units, ..wanted };
    let answer = rounds::answer(fleet, &cell.family, &wanted)?;
    Ok(Prepare { answer, ..wanted })
}

fn default_picture(cell: &FleetCell) -> PathBuf {
    let name = cell.name().replace(['/', ':'], "-") + ".svg";
    parallax_harness::target::folder().join("parallax/profiles").join(name)
}

/// Writes the picture, then says what it shows.
fn tell(
    args: &ProfileArgs,
    cell: &FleetCell,
    asked: &Asked<'_>,
    recorded: &Recorded,
    counts: &[counts::Count],
    picture: &Path,
) -> Result<()> {
    let strip = strip::strip(&recorded.seen, cores(asked));
    let title = format!("Profile of {}", cell.name());
    let lines = lines(args, asked, recorded, strip.as_ref());
    let warnings = warnings(recorded, strip.as_ref());
    let svg = svg::draw(&svg::Picture {
        title: title.clone(),
        lines: lines.clone(),
        warnings: warnings.clone(),
        seen: &recorded.seen,
        unit: recorded.unit.name(),
        strip: strip.as_ref(),
    });
    if let Some(folder) = picture.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(picture, svg).with_context(|| format!("cannot write {}", picture.display()))?;
    let is_fixture = args.cell.workload == hotspots::NAME;
    let shares = if is_fixture { score::shares(&recorded.seen) } else { Vec::new() };
    let lines: Vec<String> = std::iter::once(title).chain(lines).collect();
    let (seen, unit, shares) = (&recorded.seen, recorded.unit.name(), &shares[..]);
    told::Told { lines: &lines, warnings: &warnings, seen, unit, counts, shares, picture }
        .print(args.form.format)
}

/// The cores that the workers may use: more threads than these take turns.
fn cores(asked: &Asked<'_>) -> usize {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    all.min(asked.wanted.workers.max(1))
}

/// The settings and the results, in words.
fn lines(
    args: &ProfileArgs,
    asked: &Asked<'_>,
    recorded: &Recorded,
    strip: Option<&strip::Strip>,
) -> Vec<String> {
    let workers = things(asked.wanted.workers, "worker");
    let runs = things(recorded.runs as usize, "run");
    let (total, unit) = (count(recorded.seen.total()), recorded.unit.name());
    let mut lines = vec![
        format!("size {}, {workers}, {runs}; {total} {unit}", args.size.name()),
        format!("by {}", recorded.how),
    ];
    lines.extend(strip.map(strip::Strip::sentence));
    lines
}

/// What limits how far the profile can be trusted.
fn warnings(recorded: &Recorded, strip: Option<&strip::Strip>) -> Vec<String> {
    let mut warnings = recorded.warnings.clone();
    let total = recorded.seen.total();
    if recorded.unit == Unit::Looks && total > 0 && total < FEW {
        // two standard deviations of a share of one half
        let off = 100.0 / (total as f64).sqrt();
        warnings.push(format!(
            "{} only: by chance alone, a share may be off by {off:.0} points; give --for a longer time",
            things(total as usize, "look")
        ));
    }
    let broken = recorded.seen.broken();
    if broken > BROKEN && recorded.unit == Unit::Looks && !recorded.seen.frames.is_empty() {
        warnings.push(format!(
            "{:.0} % of the stacks were not followed to where their thread begins: inclusive shares are too small",
            100.0 * broken
        ));
    }
    if let Some(strip) =
        strip.filter(|strip| strip.oversubscribed() > 0.25 && strip.usual_and_most().0 > strip.cores)
    {
        let usual = strip.usual_and_most().0;
        warnings.push(format!(
            "{usual} threads take turns on {}: two pools may not know of each other",
            things(strip.cores as usize, "core")
        ));
    }
    warnings
}
