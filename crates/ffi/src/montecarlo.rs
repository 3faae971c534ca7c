//! Random points in a quarter circle: integers that any compiler turns into vectors, given the instructions.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use parallax_pattern::Reduce;
use parallax_suite::workload::MonteCarlo;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The hits of [`MonteCarlo`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Hits {
    pub(crate) build: Build,
    pub(crate) work: Arc<MonteCarlo>,
}

impl Reduce for Hits {
    type Acc = u64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn empty(&self) -> u64 {
        self.work.empty()
    }
    fn fold(&self, hits: &mut u64, items: Range<usize>) {
        let (first, end) = (items.start as u64, items.end as u64);
        // SAFETY: it takes numbers only.
        *hits += unsafe { (self.build.kernels().montecarlo)(self.work.seed(), first, end) };
    }
    fn merge(&self, hits: &mut u64, other: u64) {
        self.work.merge(hits, other);
    }
}
