//! What supervisor and worker say to each other: one JSON object a line, a reply to each request.
//!
//! A worker may be written in any language. It reads requests from one descriptor and writes
//! replies to another, both named on its command line (`--channel READ,WRITE`); its standard output
//! stays its own, since libraries print there. Whatever it says is input to the supervisor: checked,
//! bounded, escaped.

use parallax_pattern::Question;
use parallax_suite::workload::{Facts, Size};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod looking;
mod memory;
mod sampling;

pub use looking::{Frame, Look, Looked, Sustain, Sustained};
pub use memory::{Heap, PeakBy};
pub use sampling::{LONG_ENOUGH_ALONE_NS, Measure, ROOM_NS, Regime};

/// The version of this protocol; a worker of another is not measured.
pub const VERSION: u32 = 1;

/// The longest line that either side accepts.
pub const LONGEST_LINE: usize = 4 << 20;

/// What the supervisor asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// Who are you? Answered by [`Reply::Hello`].
    Hello,
    /// Which cells do you have? Answered by [`Reply::Cells`].
    List,
    /// Start a technique and load its input. Answered by [`Reply::Ready`] or [`Reply::Refused`].
    Prepare(Prepare),
    /// Run what was prepared. Answered by [`Reply::Measured`] or [`Reply::Refused`].
    Measure(Measure),
    /// Run what was prepared again and again, for a profiler. Answered by [`Reply::Sustained`] or [`Reply::Refused`].
    Sustain(Sustain),
    /// Count what a run allocates, in a process that was started to count. Answered by [`Reply::Heap`] or
    /// [`Reply::Refused`].
    Heap,
    /// Run the fixed probe of compute and memory. Answered by [`Reply::Probed`].
    Probe,
    /// End. Answered by [`Reply::Bye`].
    Shutdown,
}

/// Which cell to make ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepare {
    /// The workload's name.
    pub workload: String,
    /// Its case; empty for workloads that have one kind of input.
    #[serde(default)]
    pub case: String,
    /// The technique's name.
    pub technique: String,
    /// How large.
    pub size: Size,
    /// Which input.
    pub variant: u32,
    /// How many workers the technique may use.
    pub workers: usize,
    /// Turns of opaque work per unit, where it is not the size's own.
    #[serde(default)]
    pub turns: Option<u64>,
    /// Units of work, where they are not the size's own.
    #[serde(default)]
    pub units: Option<u64>,
    /// The digest of the right result, for a worker that has no reference solution and whose table of answers ends
    /// with the sizes' own turns and units.
    #[serde(default)]
    pub answer: Option<String>,
}

/// A reply and when it was made, so that the supervisor sees that its own clock encloses it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timed {
    /// When the worker began on the request, on the machine's monotonic clock.
    pub began_ns: u64,
    /// When it had the reply.
    pub ended_ns: u64,
    /// The reply.
    #[serde(flatten)]
    pub reply: Reply,
}

/// What the worker answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// To [`Request::Hello`].
    Hello(Hello),
    /// To [`Request::List`].
    Cells {
        /// All of them, also those that will refuse.
        cells: Vec<CellInfo>,
    },
    /// To [`Request::Prepare`]: the cell can be measured.
    Ready(Ready),
    /// The cell has no number, and why.
    Refused {
        /// What kind of reason.
        status: Status,
        /// The reason.
        reason: String,
    },
    /// To [`Request::Measure`].
    Measured(Measured),
    /// To [`Request::Sustain`].
    Sustained(Sustained),
    /// To [`Request::Heap`].
    Heap(Heap),
    /// To [`Request::Probe`].
    Probed(Probed),
    /// To [`Request::Shutdown`].
    Bye,
    /// The request could not be understood.
    Error {
        /// What was wrong with it.
        message: String,
    },
}

/// Who the worker is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol it speaks.
    pub protocol: u32,
    /// The family of its techniques.
    pub family: String,
    /// The instruction set its ordinary code was compiled for.
    pub isa: String,
}

/// One cell, as `list` shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CellInfo {
    /// The workload's name.
    pub workload: String,
    /// Its case.
    #[serde(default)]
    pub case: String,
    /// The technique's name.
    pub technique: String,
    /// The question it answers.
    pub question: Question,
    /// The pattern it answers through.
    pub pattern: String,
    /// Its algorithm, where that is another than the workload's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub algorithm: String,
    /// The idea in one line.
    pub idea: String,
    /// What it gives.
    pub gives: String,
    /// What it costs.
    pub costs: String,
    /// Where to read it, relative to the workspace.
    pub source: String,
    /// The type whose `impl` holds the code.
    pub implementor: String,
    /// The name of the method that holds the code, where it is not the workload's or the pattern's.
    #[serde(default)]
    pub method: String,
    /// Where the workload's kernel stands.
    pub kernel: String,
    /// The workload's type.
    #[serde(default)]
    pub input: String,
    /// Who spreads its kernel, where the technique only says how a piece is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spreader: Option<Spreader>,
    /// The libraries it stands on, with their versions; none if a version could not be read.
    pub libraries: BTreeMap<String, Option<String>>,
    /// The technique that does the same work alone on one core, where that is not the baseline: a body that an
    /// interpreter runs is held against that body by itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alone: String,
    /// Whether it can be measured here, as far as the worker knows without starting anything; none where
    /// only running it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
}

/// A technique that spreads the kernel of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spreader {
    /// Where to read it, relative to the workspace.
    pub source: String,
    /// The type whose `impl` holds the code.
    pub implementor: String,
}

/// What a worker knows of a cell before it has started it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Known {
    /// All that it needs is there.
    Ready,
    /// The technique does not suit the problem.
    Unfit {
        /// The reason.
        reason: String,
    },
    /// The machine or build lacks something.
    Unavailable {
        /// What, and how to get it.
        reason: String,
    },
}

/// Why a cell has no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The technique does not suit the problem.
    Unfit,
    /// The machine or build lacks something.
    Unavailable,
    /// It tried and broke, or its result is wrong.
    Failed,
}

impl Status {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Unfit => "unfit",
            Status::Unavailable => "unavailable",
            Status::Failed => "failed",
        }
    }
}

/// A cell that can be measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ready {
    /// From the start of the process until it could begin on a request; a worker that does not say it is held against
    /// its supervisor's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawn_ns: Option<u64>,
    /// What starting the technique took: pools, processes, and what is imported for it.
    pub start_ns: u64,
    /// How much of that was importing, in languages that import while they run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_ns: Option<u64>,
    /// What building the input took, and compiling for it where a technique compiles before its first run.
    pub load_ns: u64,
    /// How much of that was compiling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compile_ns: Option<u64>,
    /// The instruction set that the technique chose.
    pub isa: String,
    /// How many cores it declares that it uses.
    pub cores: usize,
    /// Whether every right result has the same digest, so that it can be held against the baseline's.
    #[serde(default)]
    pub exact: bool,
    /// How many bytes input and output take: it decides which cache's bandwidth is the limit.
    #[serde(default)]
    pub footprint: u64,
    /// What is known of the input.
    pub facts: Facts,
}

/// What running a cell took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// The very first run, cold.
    pub first_ns: u64,
    /// The runs before those that show a steady process, the first one among them: how many there were so far, and what
    /// they took together, wherever their number has doubled. Empty where a worker does not say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warm_up: Vec<[u64; 2]>,
    /// How much of the first run was compiling, where a technique compiles what it is asked to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compile_ns: Option<u64>,
    /// Whether a warm-up reached a steady state; never without one.
    pub steady: bool,
    /// All samples, in order; nothing is dropped.
    pub samples: Vec<Sample>,
    /// The largest resident size of the process tree during the measured runs.
    pub peak_bytes: u64,
    /// How that counts what processes share; a worker that does not say it has added up resident sizes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_by: Option<PeakBy>,
    /// How many threads the process had at the end.
    pub threads: u32,
    /// What else the last result tells, by name: hit ratios, lateness, percentiles.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
    /// Why samples lack their energy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_reason: Option<String>,
}

/// One timed stretch of work, and what the machine spent on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sample {
    /// How many runs it holds.
    pub runs: u64,
    /// Wall time of all of them.
    pub wall_ns: u64,
    /// CPU time of the process tree during them.
    pub cpu_ns: u64,
    /// How long the check took.
    pub check_ns: u64,
    /// CPU time that others than the worker's own thread used in the few milliseconds after the clock had
    /// stopped: work that leaked out of it. 0 if nobody watched.
    pub stray_ns: u64,
    /// Whether somebody watched. Not after every sample: see [`Measure::watches`].
    #[serde(default = "is_watched")]
    pub watched: bool,
    /// The digest of the checked result.
    pub digest: String,
    /// Page faults that needed no disk.
    pub minor_faults: u64,
    /// Page faults that did.
    pub major_faults: u64,
    /// Context switches that the process asked for by waiting.
    pub waits: u64,
    /// Context switches forced on it.
    pub preemptions: u64,
    /// Microjoules of all of the machine's packages, idle cores and neighbours included; none where they cannot be
    /// read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_uj: Option<u64>,
}

/// A worker that does not say for which of its samples it vouches, vouches for all.
fn is_watched() -> bool {
    true
}

/// What the fixed probe took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Probed {
    /// A fixed number of dependent integer operations.
    pub compute_ns: u64,
    /// A fixed pass over memory larger than the private caches.
    pub memory_ns: u64,
}
