//! When in a call the workers had their input, and when they had made all results, as the caller's process hears of it.
//!
//! The workers say so themselves, in a few bytes: clocks of two hosts cannot be held against each other.

use crate::Moment;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// With what a worker of another process says that it has its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Notice {
    /// Nothing was sent to it.
    Never,
    /// When it has taken its part in a workload that was sent.
    AtBegin,
    /// When it has got what its part begins with.
    AtInput,
}

/// The latest moments so far, in nanoseconds since the call began; 0 where nothing was heard.
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

    /// A worker has its input.
    pub(crate) fn arrived(&self) {
        self.arrived_ns.fetch_max(self.began.elapsed_ns(), Relaxed);
    }

    /// A worker has made its last result, which is still on its way.
    pub(crate) fn made(&self) {
        self.made_ns.fetch_max(self.began.elapsed_ns(), Relaxed);
    }

    /// How long it took until all had their input: known once their results are here, before which they say so.
    pub(crate) fn ship_ns(&self) -> u64 {
        self.arrived_ns.load(Relaxed)
    }

    /// How long results that are here by now were on their way, after the last of them was made.
    pub(crate) fn gather_ns(&self) -> u64 {
        self.began.elapsed_ns().saturating_sub(self.made_ns.load(Relaxed))
    }
}
