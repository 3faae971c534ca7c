//! The plan of a run, decided and written down before it starts.

use crate::name::full;
use crate::scale::{Sweep, SweepPoint};
use parallax_method::Rules;
use parallax_runner::protocol::Measure;
use parallax_suite::Size;
use serde::{Deserialize, Serialize};

/// The version of the run's files.
pub const SCHEMA: u32 = 1;

/// Inputs rotate over this many variants, so that no code profits from seeing one again.
pub const VARIANTS: u32 = 4;

/// The plan of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of the run's files.
    pub schema: u32,
    /// How thorough the run is.
    pub mode: Mode,
    /// Seconds of wall time for all of it.
    pub budget_s: f64,
    /// When a cell has enough blocks.
    pub rules: Rules,
    /// How a worker samples.
    pub measure: Measure,
    /// Which blocks do not count.
    pub exclusion: Exclusion,
    /// The longest time that a worker may take for one request, in seconds.
    pub limit_s: u64,
    /// The longest time that it may take to start a technique and load its input, in seconds.
    #[serde(default = "usual_start_limit_s")]
    pub start_limit_s: u64,
    /// The seed of the order of blocks.
    pub seed: u64,
    /// Families that are measured only where they are named, because they take minutes to build.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The hosts that were named, each followed by how many workers it has; empty where all is measured on one machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The sweep, if the run is one: then each group is a point of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
    /// The groups of cells that are compared with each other.
    pub groups: Vec<Group>,
}

/// How thorough a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A minute on small inputs: only an indication.
    Quick,
    /// Five minutes.
    Default,
    /// An hour.
    Thorough,
}

/// The rules by which a block does not count; they do not look at the result.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The most cores that others may keep busy during a block.
    pub foreign_cores: f64,
    /// The largest factor by which the probe may change from the block's start to its end.
    pub probe_drift: f64,
}

/// Cells that share a baseline: one workload, at one size, with one number of workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The workload.
    pub workload: String,
    /// Its case; empty if the workload has only one.
    pub case: String,
    /// The size of the input.
    pub size: Size,
    /// How many workers a technique may use.
    pub workers: usize,
    /// Its point in a sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<SweepPoint>,
    /// The family whose worker runs the baseline.
    pub baseline: String,
    /// The techniques.
    pub cells: Vec<Member>,
}

/// One technique of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its family.
    pub family: String,
    /// Its name.
    pub technique: String,
    /// Its worker's name for it, where that differs: it is a second build of the same technique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// The question it answers.
    pub question: String,
    /// Its algorithm, where that differs from the workload's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub algorithm: String,
    /// The technique that does the same work alone on one core, where that is not the baseline.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alone: String,
    /// The libraries it uses.
    pub libraries: std::collections::BTreeMap<String, Option<String>>,
}

impl Plan {
    /// The families that it needs, including those of the baselines; some appear more than once.
    pub fn families(&self) -> impl Iterator<Item = &str> {
        let cells = self.groups.iter().flat_map(|group| &group.cells);
        let baselines = self.groups.iter().map(|group| &group.baseline);
        cells.map(|cell| &cell.family).chain(baselines).map(String::as_str)
    }
}

impl Group {
    /// The indices of two builds of the same technique, the first before the second; empty in a group without second
    /// builds.
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let first = |asked: &String| self.cells.iter().position(|cell| cell.technique == *asked);
        let pair = |(at, cell): (usize, &Member)| Some((first(cell.asked.as_ref()?)?, at));
        self.cells.iter().enumerate().filter_map(pair).collect()
    }

    /// `workload` or `workload:case`.
    pub fn work(&self) -> String {
        full(&self.workload, &self.case)
    }
}

impl Mode {
    /// How many samples are taken each time that one of the machine's limits is measured.
    pub fn limit_samples(self) -> usize {
        match self {
            Mode::Quick => parallax_limits::FEWEST,
            Mode::Default => 15,
            Mode::Thorough => 21,
        }
    }

    /// The default size, budget in seconds, precision and way of sampling of this mode.
    pub fn defaults(self) -> (Size, f64, f64, Measure) {
        // Samples of 5 ms of one process deviate by 18 % and processes by 3 %, as measured on virtual machines of
        // two to sixteen cores: six times as much, so a sample of 36 times 5 ms deviates as processes do.
        let measure = Measure {
            samples: 30,
            least_samples: 10,
            parity_ns: 180_000_000,
            min_sample_ns: 5_000_000,
            warmup_ns: 20_000_000,
            max_warmup_ns: 3_000_000_000,
            long_ns: 1_000_000_000,
            regime: None,
        };
        match self {
            Mode::Quick => {
                let measure =
                    Measure { samples: 10, least_samples: 5, max_warmup_ns: 300_000_000, ..measure };
                (Size::Small, 55.0, 0.05, measure)
            }
            Mode::Default => (Size::Headline, 285.0, 0.02, measure),
            Mode::Thorough => (Size::Medium, 3600.0, 0.01, measure),
        }
    }
}

/// The usual exclusion rules.
pub const EXCLUSION: Exclusion = Exclusion { foreign_cores: 0.25, probe_drift: 1.25 };

/// The longest time that one request may take, by size.
pub fn limit_s(size: Size) -> u64 {
    size.of([30, 60, 180, 180, 1800])
}

/// The longest time that starting a technique and loading its input may take, by size.
pub fn start_limit_s(size: Size) -> u64 {
    limit_s(size).max(usual_start_limit_s())
}

/// The same limit for sizes that do not need longer, and for plans without the field.
fn usual_start_limit_s() -> u64 {
    300
}

/// The names of the fields in which two plans differ, except those that may: the budget, the seed and the families left
/// out.
pub fn differences(old: &Plan, new: &Plan) -> Vec<String> {
    let object = |plan: &Plan| serde_json::to_value(plan).unwrap_or_default();
    let (old, new) = (object(old), object(new));
    let fields = old.as_object().into_iter().flatten();
    let differs = |field: &&String| {
        !matches!(field.as_str(), "budget_s" | "seed" | "left_out") && old[*field] != new[*field]
    };
    fields.map(|(field, _)| field).filter(differs).cloned().collect()
}
