//! The arguments of `bench`.

use crate::filter::Filter;
use crate::fleet::FleetArgs;
use crate::table::{Format, FormatOption};
use crate::{report, units, workers};
use anyhow::{Result, bail};
use parallax_suite::Size;
use std::path::PathBuf;
use std::time::Duration;

/// The aim of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// To compare techniques, and find the best.
    Best,
    /// To compare a second build of each technique with the first. Of the workspace only the baseline is built: others
    /// would take time from the two.
    Builds,
}

/// Measure techniques against each other and against the baseline
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    #[command(flatten)]
    pub(super) filter: Filter,
    /// Which workers to use.
    #[command(flatten)]
    pub fleet: FleetArgs,
    /// Every technique of each workload's first case, not only the headline; -w takes other cases too
    #[arg(long)]
    pub(super) all: bool,
    /// Only cells that have changed since they were measured on this machine, each with its baseline
    #[arg(long, conflicts_with = "resume")]
    pub(super) changed: bool,
    /// Measure nothing: show how long a block takes, how many fit the budget and how narrow the intervals get
    #[arg(long, conflicts_with_all = ["resume", "out"])]
    pub(super) dry_run: bool,
    /// Size of the inputs: tiny, small, headline, medium or large [default: headline]
    #[arg(long)]
    pub(super) size: Option<Size>,
    /// Wall time for the whole run, such as 90s, 5m or 1h [default: 5m]
    #[arg(long, value_parser = units::budget, allow_hyphen_values = true)]
    pub(super) budget: Option<Duration>,
    /// Half-width of an interval that is narrow enough, such as 2% [default: 2%]
    #[arg(long, value_parser = parse_precision)]
    pub(super) precision: Option<f64>,
    /// How many workers a technique may use, such as 2 or 1,2,4 [default: all cores]
    #[arg(long, value_delimiter = ',', value_parser = workers::parse)]
    pub(super) workers: Vec<usize>,
    /// About a minute on small inputs; indicative only
    #[arg(long, conflicts_with = "thorough")]
    pub(super) quick: bool,
    /// About an hour, and narrower intervals
    #[arg(long)]
    pub(super) thorough: bool,
    /// Continue an interrupted run: its folder or name; the newest if none is given
    #[arg(long, value_name = "RUN", num_args = 0..=1)]
    pub(super) resume: Option<Option<PathBuf>>,
    /// Folder for the run's files [default: target/parallax/TIME]
    #[arg(long, conflicts_with = "resume")]
    pub(super) out: Option<PathBuf>,
    /// The longest time that a worker may take for one request before it is ended [default: by size]
    #[arg(long, value_parser = units::budget)]
    pub(super) limit: Option<Duration>,
    /// The longest time that it may take to start a technique and load its input [default: 5m, or more by size]
    #[arg(long, value_parser = units::budget)]
    pub(super) start_limit: Option<Duration>,
    /// Seed of the order in which cells are measured
    #[arg(long, conflicts_with = "resume")]
    pub(super) seed: Option<u64>,
    /// How much of the run to print, and against which baseline.
    #[command(flatten)]
    pub detail: report::Detail,
    #[command(flatten)]
    pub(super) form: FormatOption,
}

/// The options, by their fields, that do not apply where a program measures its own work.
pub const NOT_OF_OWN_WORK: [&str; 6] = ["all", "changed", "no_build", "peers", "programs", "size"];

impl BenchArgs {
    /// Whether an option was given that changes the plan.
    pub(super) fn plans_anything(&self) -> bool {
        self.size.is_some()
            || self.precision.is_some()
            || self.quick
            || self.thorough
            || !self.workers.is_empty()
            || self.limit.is_some()
            || self.start_limit.is_some()
            || self.all
            || self.filter.says_anything()
    }

    /// Whether any option about measuring was given.
    pub fn says_anything(&self) -> bool {
        self.plans_anything()
            || self.budget.is_some()
            || self.out.is_some()
            || self.seed.is_some()
            || self.resume.is_some()
            || self.changed
            || self.dry_run
            || self.fleet.peers
            || self.fleet.no_build
            || self.detail.wide
            || self.detail.baseline.is_some()
    }

    /// The first given option that does not apply where two builds are compared.
    pub fn not_of_builds(&self) -> Option<&'static str> {
        let given = [
            (self.dry_run, "--dry-run"),
            (self.changed, "--changed"),
            (self.detail.wide, "--wide"),
            (self.detail.baseline.is_some(), "--baseline"),
            (self.fleet.peers, "--peers"),
        ];
        given.into_iter().find_map(|(given, name)| given.then_some(name))
    }

    /// Refuses options that do not apply where a program measures its own work.
    ///
    /// # Errors
    ///
    /// With the option.
    pub fn ensure_of_own_work(&self) -> Result<()> {
        let given = [
            (self.all, "--all"),
            (self.changed, "--changed"),
            (self.fleet.no_build, "--no-build"),
            (self.fleet.peers, "--peers"),
            (!self.fleet.programs.is_empty(), "--worker"),
            (self.size.is_some(), "--size"),
        ];
        match given.into_iter().find(|(given, _)| *given) {
            None => Ok(()),
            Some((_, name)) => bail!(
                "{name} does not apply here: this program alone measures all that -t does not leave out, on the input \
                 that it makes"
            ),
        }
    }

    /// The workers that the user names.
    pub fn named_workers(&self) -> &[PathBuf] {
        &self.fleet.programs
    }

    /// The output format.
    pub fn format(&self) -> Format {
        self.form.format
    }
}

fn parse_precision(text: &str) -> std::result::Result<f64, String> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
    match number.trim().parse::<f64>() {
        Ok(value) if (0.0005..=0.5).contains(&(value * scale)) => Ok(value * scale),
        _ => Err(format!("invalid precision '{text}'; give a half-width from 0.05% to 50%, such as 2%")),
    }
}
