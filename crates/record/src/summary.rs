//! The summary of a run in one file: a row for each cell, with its interval or the reason why it has none.
//!
//! Readers accept files without optional fields; only a cell's names and its group are required.

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
    /// The version of this schema.
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
    /// The A/A pairs: how much identical code differs on this machine.
    #[serde(default)]
    pub aa: Vec<Twin>,
    /// Every cell.
    #[serde(default)]
    pub cells: Vec<Row>,
    /// For each group the techniques that can be the best, and those that cannot.
    #[serde(default)]
    pub best: Vec<Best>,
    /// Pairs of cells of a group, compared with each other over the same blocks; the duels are among them.
    #[serde(default)]
    pub contrasts: Vec<Contrast>,
    /// Each workload's best Rust cell compared with its best peer.
    #[serde(default)]
    pub duels: Vec<Duel>,
    /// Blocks that do not count, and why.
    #[serde(default)]
    pub excluded: Vec<Excluded>,
    /// Families that were not measured, as they take minutes to build and were not named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The hosts that distributed techniques used, as the plan names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The limits of the machine, without the single samples.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// Properties of the machine that change the meaning of the figures.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// The results of a sweep; only for a run that is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
}

/// A run that does not say how thorough it was counts as an indication only.
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
    /// Its case; empty if the workload has only one.
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
    /// The baseline's time over its twin's, which is 1 apart from noise.
    pub ratio: Option<f64>,
    /// The lower end of its 95 % interval.
    pub ratio_low: Option<f64>,
    /// The upper end.
    pub ratio_high: Option<f64>,
    /// The factor within which no difference is claimed.
    pub floor: Option<f64>,
    /// The sampling regime of the whole group: `batches`, `singles` or `cold`.
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
    /// Its case; empty if the workload has only one.
    #[serde(default)]
    pub case: String,
    /// The technique.
    pub technique: String,
    /// Its family.
    pub family: String,
    /// The question it answers.
    #[serde(default)]
    pub question: String,
    /// Its algorithm, where that differs from the workload's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub algorithm: String,
    /// How large the input is.
    pub size: Size,
    /// How many workers it may use.
    #[serde(default)]
    pub workers: usize,
    /// The point of a sweep, as its axis names it.
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
    /// The verdict on it, compared with the baseline.
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
    /// How many cores it declares.
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
    /// How memory that processes share is counted; none where resident sizes were added up without saying so.
    #[serde(default)]
    pub peak_by: Option<PeakBy>,
    /// How many blocks of memory a run requests from the allocator, in all its processes.
    #[serde(default)]
    pub allocations: Option<u64>,
    /// The bytes of these blocks, all together.
    #[serde(default)]
    pub allocated_bytes: Option<u64>,
    /// The most bytes that a run holds beyond those at its beginning.
    #[serde(default)]
    pub held_bytes: Option<u64>,
    /// Why these three are unknown for a row that was measured.
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
    /// The unit.
    pub unit: Option<String>,
    /// Floating-point operations of a run, as the workload counts them; none where it counts none.
    #[serde(default)]
    pub flops: Option<f64>,
    /// Bytes that a run must move between memory and cores, as the workload counts them; none where it counts none.
    #[serde(default)]
    pub moved_bytes: Option<f64>,
    /// How long a task takes one core, with the cost of handing it out: the granularity of Task Bench. None where the
    /// work is not handed out as tasks.
    #[serde(default)]
    pub task_ns: Option<f64>,
    /// The machine's limit that binds it.
    pub limit: Option<String>,
    /// The least time that the limit allows over the measured time.
    pub limit_share: Option<f64>,
    /// Why there is no share of a limit that binds it, or what a share above [`POSSIBLE_SHARE`] may mean.
    #[serde(default)]
    pub limit_reason: Option<String>,
    /// The number of calls from which on it is ahead of the baseline, with all its costs from the start of its process
    /// on except building the input; none unless it is faster.
    #[serde(default)]
    pub pays_after: Option<f64>,
    /// The lower end of its 95 % interval.
    #[serde(default)]
    pub pays_after_low: Option<f64>,
    /// The upper end.
    #[serde(default)]
    pub pays_after_high: Option<f64>,
    /// Its costs apart from time.
    #[serde(default)]
    pub cost: Cost,
    /// The libraries it uses.
    #[serde(default)]
    pub libraries: BTreeMap<String, Option<String>>,
    /// Further metrics of its results: hit ratios, lateness, percentiles.
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

/// The techniques of one group, including the baseline, by whether they can be the best.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// The workload.
    pub workload: String,
    /// Its case; empty if the workload has only one.
    #[serde(default)]
    pub case: String,
    /// How large the input is.
    pub size: Size,
    /// How many workers a technique may use.
    pub workers: usize,
    /// Those that cannot be excluded as the best, the fastest first: at 95 % for the whole set, the best is among them.
    pub set: Vec<String>,
    /// Those that are slower than another one, the nearest first.
    #[serde(default)]
    pub out: Vec<String>,
    /// The least factor by which each of these is slower than the best.
    #[serde(default)]
    pub behind: BTreeMap<String, f64>,
    /// The first and the last rank that each technique can have, at 95 % for all of them.
    #[serde(default)]
    pub ranks: BTreeMap<String, [usize; 2]>,
}

/// How many times as fast a cell is as another one of its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// The workload.
    pub workload: String,
    /// Its case; empty if the workload has only one.
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
    /// How many blocks have both; where these are too few, the smaller of their two numbers of blocks.
    #[serde(default)]
    pub blocks: usize,
    /// The time of `b` over the time of `a`.
    pub ratio: f64,
    /// The lower end of its 95 % interval; none without enough blocks.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// The verdict on `a`, corrected for all contrasts of the group.
    #[serde(default = "undecided")]
    pub verdict: Verdict,
    /// Whether it is the workload's duel between Rust and Python.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duel: bool,
    /// The number of calls from which on the faster of the two is ahead of the other; none unless one is faster.
    #[serde(default)]
    pub payback: Option<Payback>,
}

/// A workload's best Rust cell and best peer; the baseline is neither.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Duel {
    /// The workload.
    pub workload: String,
    /// Its case; empty if the workload has only one.
    #[serde(default)]
    pub case: String,
    /// How large the input is.
    pub size: Size,
    /// How many workers a technique may use.
    pub workers: usize,
    /// The algorithm of both, where it differs from the workload's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub algorithm: String,
    /// The best Rust technique.
    pub rust: String,
    /// Nanoseconds of its run.
    pub rust_ns: Option<f64>,
    /// The best peer.
    pub peer: String,
    /// Nanoseconds of its run.
    pub peer_ns: Option<f64>,
    /// How many blocks have both; where these are too few, the smaller of their two numbers of blocks.
    #[serde(default)]
    pub blocks: usize,
    /// How many times as fast the Rust cell is.
    pub ratio: f64,
    /// The lower end of its 95 % interval; none where one of them has a single block.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// Whether the Rust cell is faster, slower or the same, by the rules of all verdicts, corrected for all duels of a
    /// run together.
    #[serde(default = "undecided")]
    pub verdict: Verdict,
}
