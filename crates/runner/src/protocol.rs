//! The protocol between supervisor and worker: one JSON object per line, a reply to each request.
//!
//! A worker may be written in any language. It reads requests from one descriptor and writes
//! replies to another, both named on its command line (`--channel READ,WRITE`); its standard output
//! is not used, since libraries print there. Everything it writes is untrusted input to the supervisor:
//! checked, bounded, escaped.

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

/// The version of this protocol; a worker with another version is not measured.
pub const VERSION: u32 = 1;

/// The longest line that either side accepts.
pub const LONGEST_LINE: usize = 4 << 20;

/// A request of the supervisor.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// Introduce yourself. Answered by [`Reply::Hello`].
    Hello,
    /// Which cells do you have? Answered by [`Reply::Cells`].
    List,
    /// Start a technique and load its input. Answered by [`Reply::Ready`] or [`Reply::Refused`].
    Prepare(Prepare),
    /// Run the prepared cell. Answered by [`Reply::Measured`] or [`Reply::Refused`].
    Measure(Measure),
    /// Run the prepared cell repeatedly, for a profiler. Answered by [`Reply::Sustained`] or [`Reply::Refused`].
    Sustain(Sustain),
    /// Count the allocations of a run, in a process that was started for this. Answered by [`Reply::Heap`] or
    /// [`Reply::Refused`].
    Heap,
    /// Run the fixed probe of compute and memory. Answered by [`Reply::Probed`].
    Probe,
    /// End. Answered by [`Reply::Bye`].
    Shutdown,
}

/// Which cell to prepare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepare {
    /// The workload's name.
    pub workload: String,
    /// Its case; empty for workloads that have one kind of input.
    #[serde(default)]
    pub case: String,
    /// The technique's name.
    pub technique: String,
    /// The size of the input.
    pub size: Size,
    /// The variant of the input.
    pub variant: u32,
    /// How many workers the technique may use.
    pub workers: usize,
    /// Turns of opaque work per unit, if not the size's default.
    #[serde(default)]
    pub turns: Option<u64>,
    /// Units of work, if not the size's default.
    #[serde(default)]
    pub units: Option<u64>,
    /// The digest of the right result, for a worker that has no reference solution and whose table of answers covers
    /// only the sizes' default turns and units.
    #[serde(default)]
    pub answer: Option<String>,
}

/// A reply with its times, so that the supervisor can check that its own clock encloses them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timed {
    /// When the worker began on the request, on the machine's monotonic clock.
    pub began_ns: u64,
    /// When the reply was ready.
    pub ended_ns: u64,
    /// The reply.
    #[serde(flatten)]
    pub reply: Reply,
}

/// A reply of the worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// To [`Request::Hello`].
    Hello(Hello),
    /// To [`Request::List`].
    Cells {
        /// All cells, including those that will refuse.
        cells: Vec<CellInfo>,
    },
    /// To [`Request::Prepare`]: the cell can be measured.
    Ready(Ready),
    /// The cell cannot be measured.
    Refused {
        /// The kind of reason.
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
        /// What is wrong with the request.
        message: String,
    },
}

/// The identity of the worker.
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
    /// Its algorithm, if it differs from the workload's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub algorithm: String,
    /// The idea in one line.
    pub idea: String,
    /// Its benefit.
    pub gives: String,
    /// Its cost.
    pub costs: String,
    /// Its source file, relative to the workspace.
    pub source: String,
    /// The type whose `impl` holds the code.
    pub implementor: String,
    /// The name of the method that holds the code, if it is not the workload's or the pattern's.
    #[serde(default)]
    pub method: String,
    /// The source file of the workload's kernel.
    pub kernel: String,
    /// The workload's type.
    #[serde(default)]
    pub input: String,
    /// The technique that spreads its kernel, if this one only computes a piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spreader: Option<Spreader>,
    /// The libraries it uses, with their versions; `None` if a version could not be read.
    pub libraries: BTreeMap<String, Option<String>>,
    /// The technique that does the same work alone on one core, if that is not the baseline: code that an interpreter
    /// runs is compared with that code by itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alone: String,
    /// Whether it can be measured here, as far as the worker knows without starting anything; `None` if
    /// only a run can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
}

/// A technique that spreads the kernel of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spreader {
    /// Its source file, relative to the workspace.
    pub source: String,
    /// The type whose `impl` holds the code.
    pub implementor: String,
}

/// Whether a cell can be measured, as known before it is started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Known {
    /// Everything that it needs is there.
    Ready,
    /// The technique does not suit the problem.
    Unfit {
        /// The reason.
        reason: String,
    },
    /// The machine or build lacks something.
    Unavailable {
        /// What is missing, and how to get it.
        reason: String,
    },
}

/// Why a cell has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The technique does not suit the problem.
    Unfit,
    /// The machine or build lacks something.
    Unavailable,
    /// It tried and failed, or its result is wrong.
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
    /// From the start of the process until it could begin on a request; if a worker does not report it, the
    /// supervisor's clock is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawn_ns: Option<u64>,
    /// The time to start the technique: pools, processes, and its imports.
    pub start_ns: u64,
    /// How much of that was importing, in languages that import at run time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_ns: Option<u64>,
    /// The time to build the input, and to compile for it if a technique compiles before its first run.
    pub load_ns: u64,
    /// How much of that was compiling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compile_ns: Option<u64>,
    /// The instruction set that the technique chose.
    pub isa: String,
    /// How many cores it declares that it uses.
    pub cores: usize,
    /// Whether every right result has the same digest, so that it can be compared with the baseline's.
    #[serde(default)]
    pub exact: bool,
    /// How many bytes input and output take: this decides which cache's bandwidth is the limit.
    #[serde(default)]
    pub footprint: u64,
    /// Properties of the input.
    pub facts: Facts,
}

/// The measurements of a cell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// The very first run, cold.
    pub first_ns: u64,
    /// The runs before those that show a steady process, including the first: the number so far and their total time,
    /// each time that the number has doubled. Empty if a worker does not report it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warm_up: Vec<[u64; 2]>,
    /// How much of the first run was compiling, if a technique compiles at run time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compile_ns: Option<u64>,
    /// Whether a warm-up reached a steady state; never without one.
    pub steady: bool,
    /// All samples, in order; nothing is dropped.
    pub samples: Vec<Sample>,
    /// The largest resident size of the process tree during the measured runs.
    pub peak_bytes: u64,
    /// How that counts shared pages; a worker that does not report it has added up resident sizes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_by: Option<PeakBy>,
    /// How many threads the process had at the end.
    pub threads: u32,
    /// Further metrics of the last result, by name: hit ratios, lateness, percentiles.
    #[serde(default)]
    pub metrics: BTreeMap<String, f64>,
    /// Why samples lack their energy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_reason: Option<String>,
}

/// One timed stretch of work, and the resources that it used.
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
    /// CPU time that threads other than the worker's own used in the few milliseconds after the clock had
    /// stopped: work that leaked out of the sample. 0 if it was not watched.
    pub stray_ns: u64,
    /// Whether the sample was watched for that. Not every sample is: see [`Measure::watches`].
    #[serde(default = "is_watched")]
    pub watched: bool,
    /// The digest of the checked result.
    pub digest: String,
    /// Page faults that needed no disk.
    pub minor_faults: u64,
    /// Page faults that did.
    pub major_faults: u64,
    /// Voluntary context switches: the process waited.
    pub waits: u64,
    /// Context switches forced on it.
    pub preemptions: u64,
    /// Microjoules of all of the machine's packages, including idle cores and other programs; `None` if they cannot be
    /// read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_uj: Option<u64>,
}

/// The default of [`Sample::watched`]: a worker that does not report it has watched every sample.
fn is_watched() -> bool {
    true
}

/// The times of the fixed probe.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Probed {
    /// A fixed number of dependent integer operations.
    pub compute_ns: u64,
    /// A fixed pass over memory larger than the private caches.
    pub memory_ns: u64,
}
