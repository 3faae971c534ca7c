//! Protocol messages for profilers: repeated work, the windows in which it was timed, and a worker's own stacks.

use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;

/// How long to repeat the prepared cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sustain {
    /// The runs take at least this long, all together.
    pub at_least_ns: u64,
    /// How many runs the first batch has, from one clock read to the next [default: 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<NonZeroU64>,
    /// How often per second of CPU time the worker samples its own stacks; `None` if another program does.
    #[serde(default)]
    pub hertz: Option<u32>,
}

/// The runs of a worker while it was profiled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sustained {
    /// How many runs there were.
    pub runs: u64,
    /// Start and end of each timed stretch, on the machine's monotonic clock, in order. The time between is not the
    /// technique's: outputs are poisoned and checked there.
    pub windows: Vec<[u64; 2]>,
    /// The worker's own stacks, if it was asked to sample them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked: Option<Looked>,
}

/// The stacks of a worker's threads at each look; stacks and frames are listed once and referred to by index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// Each place in the code that occurred.
    pub frames: Vec<Frame>,
    /// Each stack that occurred, the outermost frame first.
    pub stacks: Vec<Vec<u32>>,
    /// The looks, in order.
    pub looks: Vec<Look>,
    /// How many looks were lost because the buffer was full.
    pub lost: u64,
}

/// A place in the code: a function by name, or an address in a program or library.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Frame {
    /// The program, library or source file.
    pub object: String,
    /// The function; empty if only its address is known.
    #[serde(default)]
    pub function: String,
    /// The address, counted from the start of the object's file.
    #[serde(default)]
    pub offset: u64,
}

/// One look at one thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The thread's number.
    pub thread: u32,
    /// When, on the machine's monotonic clock.
    pub at_ns: u64,
    /// The index of its stack in [`Looked::stacks`].
    pub stack: u32,
}
