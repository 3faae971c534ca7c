//! The base trait of a technique: its card, and its start.

use crate::answer::Answer;

/// How many cores a technique declares that it uses; using more is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    /// One, for any number of workers.
    One,
    /// One per worker.
    Workers,
}

/// The description of a technique, for a reader of its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Its name in cells and filters.
    pub name: &'static str,
    /// The idea in one line.
    pub idea: &'static str,
    /// Its benefit.
    pub gives: &'static str,
    /// Its cost.
    pub costs: &'static str,
    /// How many cores it declares.
    pub cores: Cores,
    /// The libraries it uses, by package name; their versions go into every result.
    pub libraries: &'static [&'static str],
    /// `file!()`: its source file.
    pub source: &'static str,
}

/// The costs of a technique of working in other processes, summed over all of its runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Transport {
    /// How long it took until its processes were started, connected and ready.
    pub start_ns: u64,
    /// Bytes of input that left this process.
    pub shipped_bytes: u64,
    /// How long it took until they had arrived; or only until they were handed over, where their arrival is not seen.
    pub ship_ns: u64,
    /// Bytes of results that came back.
    pub gathered_bytes: u64,
    /// How long it took until this process had them, once they were made. Those that arrive while others are still
    /// being made do not count.
    pub gather_ns: u64,
}

/// One way to make a program faster.
pub trait Technique: Sized + Send + 'static {
    /// Its description.
    const CARD: Card;
    /// Its algorithm, if it differs from the workload's own; empty if it is the same. A technique with another
    /// algorithm, or with a weaker guarantee, is faster or slower for that reason, not as a technique, so the best are
    /// compared only among those of the same algorithm.
    const ALGORITHM: &'static str = "";
    /// Prepares it for `workers` workers: pools start here, and start-up is timed separately.
    ///
    /// # Errors
    ///
    /// [`No::Unavailable`](crate::No::Unavailable) if this machine lacks what it needs.
    fn start(workers: usize) -> Answer<Self>;
    /// The instruction set it chose on this machine.
    fn isa(&self) -> String {
        crate::isa::compiled().into()
    }
    /// The cost of its processes, and of communication with them, since its start; `None` for a technique that stays in
    /// its process or does not measure it.
    fn transport(&self) -> Option<Transport> {
        None
    }
    /// How long it has compiled since its start, in nanoseconds; `None` if it compiles nothing at run time.
    fn compiled_ns(&self) -> Option<u64> {
        None
    }
}
