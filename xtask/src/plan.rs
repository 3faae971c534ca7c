//! What a run will do, decided and written down before it starts.

use crate::filter::full;
use crate::fleet::{BASELINE, Fleet, FleetCell};
use anyhow::{Result, bail};
use parallax_method::estimate::Rules;
use parallax_runner::protocol::Measure;
use parallax_suite::Size;
use serde::{Deserialize, Serialize};

/// The version of the run's files.
pub(crate) const SCHEMA: u32 = 1;

/// Inputs rotate over this many variants, so that nothing profits from seeing one again.
pub(crate) const VARIANTS: u32 = 4;

/// A run as it was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The version of the run's files.
    pub(crate) schema: u32,
    /// How thorough it is.
    pub(crate) mode: Mode,
    /// Seconds of wall time for all of it.
    pub(crate) budget_s: f64,
    /// When a cell has enough blocks.
    pub(crate) rules: Rules,
    /// How a worker samples.
    pub(crate) measure: Measure,
    /// Which blocks do not count.
    pub(crate) exclusion: Exclusion,
    /// The longest that a worker may take over one request, in seconds.
    pub(crate) limit_s: u64,
    /// The longest that it may take to start a technique and load its input.
    #[serde(default = "usual_start_limit_s")]
    pub(crate) start_limit_s: u64,
    /// What the order of blocks is drawn from.
    pub(crate) seed: u64,
    /// What is compared with what.
    pub(crate) groups: Vec<Group>,
}

/// How thorough a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// A minute on small inputs: an indication, no more.
    Quick,
    /// Five minutes.
    Default,
    /// An hour.
    Thorough,
}

/// Blocks that do not count, by rules that do not look at the result.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exclusion {
    /// Cores that others kept busy meanwhile.
    pub(crate) foreign_cores: f64,
    /// By what factor the probe changed from the block's start to its end.
    pub(crate) probe_drift: f64,
}

/// Cells that share a baseline: one workload, at one size, with so many workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// The workload.
    pub(crate) workload: String,
    /// Its case; empty if it has one.
    pub(crate) case: String,
    /// How large.
    pub(crate) size: Size,
    /// How many workers a technique may use.
    pub(crate) workers: usize,
    /// The family whose worker runs the baseline.
    pub(crate) baseline: String,
    /// The techniques.
    pub(crate) cells: Vec<Member>,
}

/// One technique of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// Its family.
    pub(crate) family: String,
    /// Its name.
    pub(crate) technique: String,
    /// The question it answers.
    pub(crate) question: String,
    /// The libraries it stands on.
    pub(crate) libraries: std::collections::BTreeMap<String, Option<String>>,
}

impl Group {
    /// `workload` or `workload:case`.
    pub(crate) fn work(&self) -> String {
        full(&self.workload, &self.case)
    }
}

impl Mode {
    /// How many samples of each of the machine's limits are taken, each time that they are.
    pub(crate) fn limit_samples(self) -> usize {
        match self {
            Mode::Quick => parallax_limits::FEWEST,
            Mode::Default => 15,
            Mode::Thorough => 21,
        }
    }

    /// The size (none: each workload's own), the budget in seconds, the precision and the way of
    /// sampling that come with it.
    pub(crate) fn defaults(self) -> (Option<Size>, f64, f64, Measure) {
        let measure = Measure {
            samples: 3,
            min_sample_ns: 5_000_000,
            warmup_ns: 100_000_000,
            max_warmup_ns: 3_000_000_000,
            long_ns: 1_000_000_000,
            regime: None,
        };
        match self {
            Mode::Quick => {
                let measure =
                    Measure { samples: 2, warmup_ns: 20_000_000, max_warmup_ns: 300_000_000, ..measure };
                (Some(Size::Small), 55.0, 0.05, measure)
            }
            Mode::Default => (None, 285.0, 0.02, measure),
            Mode::Thorough => (Some(Size::Medium), 3600.0, 0.01, Measure { samples: 5, ..measure }),
        }
    }
}

/// What the machine can be trusted with.
pub(crate) const EXCLUSION: Exclusion = Exclusion { foreign_cores: 0.25, probe_drift: 1.25 };

/// The longest that one request may take, by size.
pub(crate) fn limit_s(size: Size) -> u64 {
    size.of([30, 60, 180, 1800])
}

/// The longest that starting a technique and loading its input may take, by size.
pub(crate) fn start_limit_s(size: Size) -> u64 {
    limit_s(size).max(usual_start_limit_s())
}

/// The same for sizes that do not need longer, and for plans that do not say it.
fn usual_start_limit_s() -> u64 {
    300
}

/// Groups the chosen cells by what they can be compared with.
///
/// # Errors
///
/// If nothing is chosen, or something has no baseline.
pub(crate) fn groups(
    fleet: &Fleet,
    chosen: &[&FleetCell],
    size: Option<Size>,
    workers: &[usize],
) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    for &workers in workers {
        for cell in chosen {
            let info = &cell.info;
            let same = |group: &&mut Group| {
                (group.workers, &group.workload, &group.case) == (workers, &info.workload, &info.case)
            };
            let group = match groups.iter_mut().find(same) {
                Some(group) => group,
                None => {
                    let baseline = baseline(fleet, cell)?;
                    let (workload, case) = (info.workload.clone(), info.case.clone());
                    let size = size.unwrap_or_else(|| bench_size(&workload));
                    groups.push(Group { workload, case, size, workers, baseline, cells: Vec::new() });
                    groups.last_mut().expect("one was just added")
                }
            };
            if info.technique != BASELINE {
                group.cells.push(Member {
                    family: cell.family.clone(),
                    technique: info.technique.clone(),
                    question: info.question.to_string(),
                    libraries: info.libraries.clone(),
                });
            }
        }
    }
    groups.retain(|group| !group.cells.is_empty());
    if groups.is_empty() {
        bail!("nothing is left to compare with the baseline; `cargo xtask list` shows all cells");
    }
    Ok(groups)
}

/// The size that a bench takes of a workload unasked.
fn bench_size(workload: &str) -> Size {
    let entry = parallax_suite::catalogue::all().into_iter().find(|entry| entry.name == workload);
    entry.map_or(Size::Small, |entry| entry.bench)
}

/// The family that has the baseline of a cell's workload.
fn baseline(fleet: &Fleet, cell: &FleetCell) -> Result<String> {
    let is_baseline = |other: &&FleetCell| {
        let (other, info) = (&other.info, &cell.info);
        (&other.workload, &other.case, other.technique.as_str()) == (&info.workload, &info.case, BASELINE)
    };
    match fleet.cells.iter().find(is_baseline) {
        Some(baseline) => Ok(baseline.family.clone()),
        None => bail!("{} has no baseline: some worker must have {BASELINE} for it", cell.name()),
    }
}

/// The names of the fields in which two plans differ; the budget may.
pub(crate) fn differences(old: &Plan, new: &Plan) -> Vec<String> {
    let object = |plan: &Plan| serde_json::to_value(plan).unwrap_or_default();
    let (old, new) = (object(old), object(new));
    let fields = old.as_object().into_iter().flatten();
    let differs =
        |field: &&String| !matches!(field.as_str(), "budget_s" | "seed") && old[*field] != new[*field];
    fields.map(|(field, _)| field).filter(differs).cloned().collect()
}
