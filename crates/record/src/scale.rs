//! A sweep: the axis that varies from point to point, and its results: curves, crossings, laws.
//!
//! A sweep is a run whose groups are its points. So it has the same plan, journal and summary as any other run, and its
//! results here are derived from these.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The sweep of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// The quantity that varies from group to group.
    pub axis: Axis,
}

/// The quantity that a sweep varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// The size of the input.
    Size,
    /// How many workers there are.
    Workers,
    /// Turns of work in each task, where the number of tasks stays the same.
    Grain,
    /// The length of a task, where the total length of all tasks stays the same.
    Lengths,
    /// Turns of work after each wait.
    Cpu,
    /// Turns of work for a value that may be cached.
    Cost,
    /// Bytes of a message.
    Payload,
    /// How many of 1024 accesses are writes.
    Writes,
}

impl Axis {
    /// All of them.
    pub const ALL: [Axis; 8] = [
        Axis::Size,
        Axis::Workers,
        Axis::Grain,
        Axis::Lengths,
        Axis::Cpu,
        Axis::Cost,
        Axis::Payload,
        Axis::Writes,
    ];

    /// Its name on the command line of `scale`.
    pub const fn name(self) -> &'static str {
        match self {
            Axis::Size => "size",
            Axis::Workers => "workers",
            Axis::Grain => "grain",
            Axis::Lengths => "lengths",
            Axis::Cpu => "cpu",
            Axis::Cost => "cost",
            Axis::Payload => "payload",
            Axis::Writes => "writes",
        }
    }

    /// Whether its points are the cases of a workload, which then make one curve.
    pub const fn is_of_cases(self) -> bool {
        matches!(self, Axis::Payload | Axis::Writes)
    }

    /// Whether tasks vary, so that there is a smallest task that is worth its overhead.
    pub const fn is_of_tasks(self) -> bool {
        matches!(self, Axis::Grain | Axis::Lengths)
    }

    /// The noun for a place on the axis, as in "the smallest task".
    pub const fn noun(self) -> &'static str {
        match self {
            Axis::Size => "size",
            Axis::Workers => "number of workers",
            Axis::Grain | Axis::Lengths => "task",
            Axis::Cpu => "amount of work",
            Axis::Cost => "cost",
            Axis::Payload => "message",
            Axis::Writes => "share of writes",
        }
    }

    /// The axis in words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Axis::Size => "the size of the input",
            Axis::Workers => "the number of workers",
            Axis::Grain => "the work in a task",
            Axis::Lengths => "the length of tasks",
            Axis::Cpu => "the work after each wait",
            Axis::Cost => "what a value costs",
            Axis::Payload => "the size of a message",
            Axis::Writes => "the share of writes",
        }
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The point of a sweep that a group is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// The user's name of the point: a size, or a number.
    pub value: String,
    /// Turns of opaque work per unit, where they are not the size's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<u64>,
    /// Units of work, where they are not the size's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u64>,
    /// Whether it is measured only if two techniques overtake each other between its neighbours.
    #[serde(default, skip_serializing_if = "is_false")]
    pub refines: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The results of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// The axis that varied.
    pub axis: Axis,
    /// One point per technique and place, along the axis.
    #[serde(default)]
    pub points: Vec<ScalePoint>,
    /// Where techniques overtake each other.
    #[serde(default)]
    pub crossovers: Vec<Crossover>,
    /// The smallest tasks that are worth their overhead; only where tasks vary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grains: Vec<Grain>,
    /// The laws of scaling, as far as they can be fitted; only over workers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub laws: Vec<FittedLaw>,
}

/// One technique at one point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScalePoint {
    /// The workload.
    pub workload: String,
    /// Its case; empty if the workload has only one, or the case varies.
    #[serde(default)]
    pub case: String,
    /// The technique.
    pub technique: String,
    /// The user's name of the point.
    pub value: String,
    /// Its place on the axis; none where that could not be found.
    pub at: Option<f64>,
    /// The unit of that place: items, workers, nanoseconds of work in a task, turns, bytes, writes of 1024.
    #[serde(default)]
    pub unit: String,
    /// Blocks that count.
    #[serde(default)]
    pub blocks: usize,
    /// Nanoseconds of a run.
    pub time_ns: Option<f64>,
    /// The lower end of its 95 % interval.
    #[serde(default)]
    pub time_ns_low: Option<f64>,
    /// The upper end.
    #[serde(default)]
    pub time_ns_high: Option<f64>,
    /// How many times as fast as the baseline it is.
    pub ratio: Option<f64>,
    /// The lower end of its 95 % interval.
    #[serde(default)]
    pub low: Option<f64>,
    /// The upper end.
    #[serde(default)]
    pub high: Option<f64>,
    /// The share of its cores' time that is work; only where tasks vary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub efficiency: Option<f64>,
    /// Why there is no figure, or what is doubtful about it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Whether and where a technique overtakes another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crossover {
    /// The workload.
    pub workload: String,
    /// Its case; empty if the workload has only one, or the case varies.
    #[serde(default)]
    pub case: String,
    /// A technique.
    pub technique: String,
    /// The technique it is compared with.
    pub over: String,
    /// The place where one overtakes the other.
    pub crossover: Option<Crossing>,
    /// Why there is no such place, or a note on it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A place on the axis from which on one technique is ahead of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// The one that is ahead from there on.
    pub technique: String,
    /// The one that is behind.
    pub over: String,
    /// The place.
    pub at: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The last point before it at which one of the two is certainly ahead.
    pub after: f64,
    /// The first one after it.
    pub before: f64,
    /// The unit of these places.
    #[serde(default)]
    pub unit: String,
}

/// The smallest task for which half of a technique's time is work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grain {
    /// The workload.
    pub workload: String,
    /// Its case.
    #[serde(default)]
    pub case: String,
    /// The technique.
    pub technique: String,
    /// The technique that does the same work alone on one core, the reference.
    pub alone: String,
    /// The minimum effective task granularity: the time of such a task, with the cost of handing it out.
    pub metg_ns: Option<f64>,
    /// The lower end of its 95 % interval.
    #[serde(default)]
    pub low: Option<f64>,
    /// The upper end.
    #[serde(default)]
    pub high: Option<f64>,
    /// The most that it reaches at any point, as a share of its cores' time.
    #[serde(default)]
    pub best_efficiency: Option<f64>,
    /// Why it is not stated.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A law of scaling, as it fits a technique.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedLaw {
    /// The workload.
    pub workload: String,
    /// Its case.
    #[serde(default)]
    pub case: String,
    /// The technique.
    pub technique: String,
    /// `amdahl`, or `usl` for Gunther's universal scalability law.
    pub law: String,
    /// The share of the work that stays serial.
    pub serial: Option<Figure>,
    /// The cost of each pair of workers, as a share of the work.
    pub crosstalk: Option<Figure>,
    /// How far the points lie from the law: the root of the mean square of their relative distances.
    pub residual: Option<f64>,
    /// The number of workers beyond which more of them make it slower.
    #[serde(default)]
    pub best_workers: Option<f64>,
    /// Predictions of the law for more workers than were measured.
    #[serde(default)]
    pub predicted: Vec<Prediction>,
    /// Why it could not be fitted.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A predicted speedup over the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The number of workers.
    pub workers: usize,
    /// The speedup.
    pub ratio: f64,
    /// The lower end of the band.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}
