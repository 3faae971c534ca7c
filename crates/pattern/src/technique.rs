//! What a technique is, before it answers anything: its card, and its start.

use crate::answer::Answer;

/// How many cores a technique declares that it uses; using more is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    /// One, whatever it is given.
    One,
    /// As many as it has workers.
    Workers,
}

/// What a reader should know of a technique before its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Its name in cells and filters.
    pub name: &'static str,
    /// The idea in one line.
    pub idea: &'static str,
    /// What it gives.
    pub gives: &'static str,
    /// What it costs.
    pub costs: &'static str,
    /// How many cores it declares.
    pub cores: Cores,
    /// The libraries it stands on, by package name; their versions go into every result.
    pub libraries: &'static [&'static str],
    /// `file!()`: where to read it.
    pub source: &'static str,
}

/// What it took a technique to work in other processes, in sums over all of its runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Transport {
    /// How long it took until its processes were started, greeted and ready.
    pub start_ns: u64,
    /// Bytes of input that left this process.
    pub shipped_bytes: u64,
    /// How long it took until they were where they are needed; or only handed over, where no more is seen of them.
    pub ship_ns: u64,
    /// Bytes of results that came back.
    pub gathered_bytes: u64,
    /// How long it took until this process had them, once they were made. What arrives while others are made counts
    /// for nothing.
    pub gather_ns: u64,
}

/// One way to make a program faster.
pub trait Technique: Sized + Send + 'static {
    /// What it is.
    const CARD: Card;
    /// Its algorithm, where that is another than the workload's own; empty where it is the same. Who solves the same
    /// problem by another algorithm, or with a weaker promise, is faster or slower for that and not as a technique, so
    /// best is compared with best only among those of the same algorithm.
    const ALGORITHM: &'static str = "";
    /// Makes it ready for `workers` workers: pools start here, and start-up is timed apart.
    ///
    /// # Errors
    ///
    /// [`No::Unavailable`](crate::No::Unavailable) if this machine lacks what it needs.
    fn start(workers: usize) -> Answer<Self>;
    /// The instruction set it chose on this machine.
    fn isa(&self) -> String {
        crate::isa::compiled().into()
    }
    /// What its processes, and the way to them, have taken since its start; none of a technique that stays in its process
    /// or does not count.
    fn transport(&self) -> Option<Transport> {
        None
    }
    /// How long it has compiled since its start, in nanoseconds; none of a technique that compiles nothing while it runs.
    fn compiled_ns(&self) -> Option<u64> {
        None
    }
}
