//! What a profiler needs of a worker: the same work again and again, when the clock ran, and where a worker saw itself.

use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;

/// How long to repeat what was prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sustain {
    /// The runs take at least this long, all together.
    pub at_least_ns: u64,
    /// How many runs the first batch has, from one clock read to the next [default: 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<NonZeroU64>,
    /// How often a second of CPU time the worker looks at its own threads; none where another program looks.
    #[serde(default)]
    pub hertz: Option<u32>,
}

/// What a worker did while it was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sustained {
    /// How many runs there were.
    pub runs: u64,
    /// From when to when work was timed, on the machine's monotonic clock, in order. What lies between is not the
    /// technique's: outputs are spoiled and checked there.
    pub windows: Vec<[u64; 2]>,
    /// What the worker saw of itself, if it was asked to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked: Option<Looked>,
}

/// Where the threads of a worker were at each look; stacks and frames are listed once and named by their place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// Each place in the code that was seen.
    pub frames: Vec<Frame>,
    /// Each stack that was seen, the outermost frame first.
    pub stacks: Vec<Vec<u32>>,
    /// The looks, in order.
    pub looks: Vec<Look>,
    /// How many looks found no room.
    pub lost: u64,
}

/// A place in the code: a function by name, or an address in a program or library.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Frame {
    /// The program, library or source file.
    pub object: String,
    /// The function; empty where only its address is known.
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
    /// The place of its stack in [`Looked::stacks`].
    pub stack: u32,
}
