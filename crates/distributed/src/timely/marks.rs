//! When in a call the workers had their input, and when they had made all results, as reported to the caller.
//!
//! The workers report them in a few bytes, as the clocks of two hosts cannot be compared.

use crate::Moment;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// When a worker of another process reports that it has its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Notice {
    /// Nothing was sent to it.
    Never,
    /// When it has taken its part of a workload that was sent.
    AtBegin,
    /// When it has received its part's input.
    AtInput,
}

/// The latest moments so far, in nanoseconds since the call began; 0 where no report came.
#[derive(Debug)]
pub(crate) struct Marks {
    began: Moment,
    arrived_ns: AtomicU64,
    made_ns: AtomicU64,
}

impl Marks {
    pub(crate) fn new(began: Moment) -> Self {
        Marks { began, arrived_ns: AtomicU64::new(0), made_ns: AtomicU64::new(0) }
    }

    /// Records that a worker has its input.
    pub(crate) fn arrived(&self) {
        self.arrived_ns.fetch_max(self.began.elapsed_ns(), Relaxed);
    }

    /// Records that a worker has made its last result, which is still on its way.
    pub(crate) fn made(&self) {
        self.made_ns.fetch_max(self.began.elapsed_ns(), Relaxed);
    }

    /// How long it took until all had their input: known once their results are here, as they report it first.
    pub(crate) fn ship_ns(&self) -> u64 {
        self.arrived_ns.load(Relaxed)
    }

    /// How long the results were on their way after the last of them was made, once they are here.
    pub(crate) fn gather_ns(&self) -> u64 {
        self.began.elapsed_ns().saturating_sub(self.made_ns.load(Relaxed))
    }
}
