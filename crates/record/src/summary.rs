//! A run in one file: a row for each cell, with its interval or the reason why it has none.
//!
//! A reader bears what may be missing; what it cannot do without is a cell's names and its group.

use crate::cost::Cost;
use crate::environment::Environment;
use crate::name::CellId;
use crate::plan::Mode;
use crate::scale::Scaling;
use parallax_limits::Limit;
use parallax_method::{Payback, Verdict};
use parallax_runner::protocol::Regime;
use parallax_suite::Size;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use crate::beyond::POSSIBLE_SHARE;
pub use crate::phases::Phases;
pub use crate::status::{RowStatus, RowVerdict};
pub use parallax_runner::protocol::PeakBy;

/// `summary.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Summary {
    /// The version of this form.
    pub schema: u32,
    /// How thorough the run was; `quick` is indicative only.
    #[serde(default = "cautious")]
    pub mode: Mode,
    /// The machine and the build.
    #[serde(default)]
    pub environment: Environment,
    /// The half-width that was asked for.
    #[serde(default)]
    pub precision: f64,
    /// Seconds that its turns took; 0 in files of older versions.
    #[serde(default)]
    pub spent_s: f64,
    /// The A/A pairs: what this machine shows of identical code.
    #[serde(default)]
    pub aa: Vec<Twin>,
    /// Every cell.
    #[serde(default)]
    pub cells: Vec<Row>,
    /// For each group the techniques that can be the best, and those that cannot.
    #[serde(default)]
    pub best: Vec<Best>,
    /// Pairs of cells of a group, held against each other in the same blocks; the duels are among them.
    #[serde(default)]
    pub contrasts: Vec<Contrast>,
    /// Each workload's best Rust cell beside its best peer.
    #[serde(default)]
    pub duels: Vec<Duel>,
    /// Blocks that do not count, and why.
    #[serde(default)]
    pub excluded: Vec<Excluded>,
    /// Families that were not measured because nobody named them and they take minutes to build.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The hosts that techniques which leave the machine had, as the plan names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// What the machine can do at most, without the single samples.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// What about the machine changes what the figures mean.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// How times grow along a sweep; only of a run that is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
}

/// A run that does not say how thorough it was is an indication, no more.
const fn cautious() -> Mode {
    Mode::Quick
}

/// A pair without a verdict claims nothing.
const fn undecided() -> Verdict {
    Verdict::Undecided
}

/// The baseline under a second name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Twin {
    /// The workload.
    pub workload: String,
    /// Its case; empty if it has one.
    #[serde(default)]
    pub case: String,
    /// How large the input is.
    pub size: Size,
    /// How many workers a technique may use.
    #[serde(default)]
    pub workers: usize,
    /// Blocks that count.
    #[serde(default)]
    pub blocks: usize,
    /// The baseline's time over its twin's, which is 1 but for noise.
    pub ratio: Option<f64>,
    /// The lower end of its 95 % interval.
    pub ratio_low: Option<f64>,
    /// The upper end.
    pub ratio_high: Option<f64>,
    /// The factor within which nothing is said to differ.
    pub floor: Option<f64>,
    /// How warm everything in the group is sampled: `batches`, `singles` or `cold`.
    #[serde(default)]
    pub regime: Option<Regime>,
}

/// A block that does not count.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Excluded {
    /// The workload.
    pub workload: String,
    /// Its case.
    #[serde(default)]
    pub case: String,
    /// The block's number.
    pub block: u64,
    /// The rule that excludes it.
    #[serde(default)]
    pub reason: String,
}

/// One cell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// The workload.
    pub workload: String,
    /// Its case; empty if it has one.
    #[serde(default)]
    pub case: String,
    /// The technique.
    pub technique: String,
    /// Its family.
    pub family: String,
    /// The question it answers.
    #[serde(default)]
    pub question: String,
    /// Its algorithm, where that is another than the workload's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub algorithm: String,
    /// How large the input is.
    pub size: Size,
    /// How many workers it may use.
    #[serde(default)]
    pub workers: usize,
    /// Which point of a sweep, as its axis names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether there is a number.
    #[serde(default)]
    pub status: RowStatus,
    /// Why there is no number, or what is doubtful about it.
    pub reason: Option<String>,
    /// Blocks that its estimate rests on.
    #[serde(default)]
    pub blocks: usize,
    /// Why it got no more blocks: `precision`, `gulf`, `max_blocks`, `decided`, `out`, `budget`, `interrupted`.
    pub stop_reason: Option<String>,
    /// What may be said of it beside the baseline.
    pub verdict: Option<RowVerdict>,
    /// Nanoseconds of a run: the median over the blocks of each one's median.
    pub time_ns_median: Option<f64>,
    /// Baseline time over technique time: the speedup.
    pub ratio: Option<f64>,
    /// The lower end of its 95 % interval.
    pub ratio_low: Option<f64>,
    /// The upper end.
    pub ratio_high: Option<f64>,
    /// CPU time over wall time.
    pub cores_used: Option<f64>,
    /// How many cores it says that it uses.
    pub cores_declared: Option<usize>,
    /// CPU nanoseconds of a run.
    pub cpu_ns: Option<f64>,
    /// Joules of a run, by RAPL: of all of the machine's packages, idle cores and neighbours included, memory excluded.
    #[serde(default)]
    pub energy_j: Option<f64>,
    /// Why a row with a time has no energy.
    #[serde(default)]
    pub energy_reason: Option<String>,
    /// The largest resident size during the measured runs, input and output included.
    pub peak_bytes: Option<u64>,
    /// How that counts what processes share; none where resident sizes were added up without saying so.
    #[serde(default)]
    pub peak_by: Option<PeakBy>,
    /// How many blocks of memory a run asks the allocator for, in all its processes.
    #[serde(default)]
    pub allocations: Option<u64>,
    /// How many bytes these have, all together.
    #[serde(default)]
    pub allocated_bytes: Option<u64>,
    /// How many bytes more than at its begin a run holds at most.
    #[serde(default)]
    pub held_bytes: Option<u64>,
    /// Why these three are not known of a row that was measured.
    #[serde(default)]
    pub allocations_reason: Option<String>,
    /// The instruction set that it chose.
    pub isa: Option<String>,
    /// Starting the technique: imports, pools, processes.
    pub start_ns: Option<f64>,
    /// The first, cold run.
    pub first_ns: Option<f64>,
    /// Each phase by itself; none without a number, and in files of older versions.
    #[serde(default)]
    pub phases: Option<Phases>,
    /// Checking one result.
    pub check_ns: Option<f64>,
    /// Page faults of a run.
    pub faults: Option<f64>,
    /// Context switches of a run.
    pub switches: Option<f64>,
    /// Units of work in one run.
    pub items: Option<f64>,
    /// What a unit is.
    pub unit: Option<String>,
    /// Floating-point operations of a run, as the workload counts them; none where it counts none.
    #[serde(default)]
    pub flops: Option<f64>,
    /// Bytes that a run must move between memory and cores, as the workload counts them; none where it counts none.
    #[serde(default)]
    pub moved_bytes: Option<f64>,
    /// How long a task takes one core, with what it costs to hand it out: the granularity of Task Bench. None where the
    /// work is not handed out as tasks.
    #[serde(default)]
    pub task_ns: Option<f64>,
    /// What of the machine binds it.
    pub limit: Option<String>,
    /// The least time that the limit allows over the measured time.
    pub limit_share: Option<f64>,
    /// Why there is no share of a limit that binds it, or what one above [`POSSIBLE_SHARE`] may mean.
    #[serde(default)]
    pub limit_reason: Option<String>,
    /// From how many calls on it is ahead of the baseline, all that it costs from the start of its process on included,
    /// but for building the input; none unless it is faster.
    #[serde(default)]
    pub pays_after: Option<f64>,
    /// The lower end of its 95 % interval.
    #[serde(default)]
    pub pays_after_low: Option<f64>,
    /// The upper end.
    #[serde(default)]
    pub pays_after_high: Option<f64>,
    /// What it costs beside its time.
    #[serde(default)]
    pub cost: Cost,
    /// The libraries it stands on.
    #[serde(default)]
    pub libraries: BTreeMap<String, Option<String>>,
    /// What else its results tell: hit ratios, lateness, percentiles.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
}

impl Row {
    /// `workload/technique`, or `workload:case/technique`.
    pub fn name(&self) -> String {
        CellId::of(&self.workload, &self.case, &self.technique).to_string()
    }

    /// Whether it has a figure.
    pub fn is_measured(&self) -> bool {
        self.status == RowStatus::Measured && self.ratio.is_some() && self.time_ns_median.is_some()
    }
}

/// The techniques of one group, the baseline among them, by whether they can be the best.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// The workload.
    pub workload: String,
    /// Its case; empty if it has one.
    #[serde(default)]
    pub case: String,
    /// How large the input is.
    pub size: Size,
    /// How many workers a technique may use.
    pub workers: usize,
    /// Those that cannot be excluded as the best, the fastest first: at 95 % for the whole set, the best is among them.
    pub set: Vec<String>,
    /// Those that are slower than some other, the nearest first.
    #[serde(default)]
    pub out: Vec<String>,
    /// By what factor each of these is slower than the best, at least.
    #[serde(default)]
    pub behind: BTreeMap<String, f64>,
    /// The first and the last place that each technique can have, at 95 % for all of them.
    #[serde(default)]
    pub ranks: BTreeMap<String, [usize; 2]>,
}

/// How many times as fast a cell is as another one of its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// The workload.
    pub workload: String,
    /// Its case; empty if it has one.
    #[serde(default)]
    pub case: String,
    /// How large the input is.
    pub size: Size,
    /// How many workers a technique may use.
    pub workers: usize,
    /// A technique.
    pub a: String,
    /// Another one.
    pub b: String,
    /// How many blocks have both, or the fewer that one of them has where these are too few.
    #[serde(default)]
    pub blocks: usize,
    /// The time of `b` over the time of `a`.
    pub ratio: f64,
    /// The lower end of its 95 % interval; none without enough blocks.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// Of `a`, corrected for all contrasts of the group.
    #[serde(default = "undecided")]
    pub verdict: Verdict,
    /// Whether it is the workload's duel between Rust and Python.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duel: bool,
    /// From how many calls on the faster of the two is ahead of the other one; none unless one is faster.
    #[serde(default)]
    pub payback: Option<Payback>,
}

/// A workload's best cells from both worlds; the baseline is no technique of either.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Duel {
    /// The workload.
    pub workload: String,
    /// Its case; empty if it has one.
    #[serde(default)]
    pub case: String,
    /// How large the input is.
    pub size: Size,
    /// How many workers a technique may use.
    pub workers: usize,
    /// The algorithm of both, where it is another than the workload's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub algorithm: String,
    /// The best Rust technique of it.
    pub rust: String,
    /// Nanoseconds of a run of it.
    pub rust_ns: Option<f64>,
    /// The best peer of it.
    pub peer: String,
    /// Nanoseconds of a run of it.
    pub peer_ns: Option<f64>,
    /// How many blocks have both, or the fewer that one of them has where these are too few.
    #[serde(default)]
    pub blocks: usize,
    /// How many times as fast the Rust cell is.
    pub ratio: f64,
    /// The lower end of its 95 % interval; none where one of them has a single block.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// Whether the Rust cell is faster, slower or the same: by the rules of all verdicts, for all duels of a run
    /// together.
    #[serde(default = "undecided")]
    pub verdict: Verdict,
}
