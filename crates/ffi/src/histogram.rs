//! Counts of random keys, which are drawn in blocks: the drawing is vectorised, the counting is not.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use parallax_pattern::Reduce;
use parallax_suite::workload::Histogram;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The counts of [`Histogram`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Counts {
    pub(crate) build: Build,
    pub(crate) work: Arc<Histogram>,
}

impl Reduce for Counts {
    type Acc = Vec<u64>;
    fn len(&self) -> usize {
        Reduce::len(&*self.work)
    }
    fn grain(&self) -> usize {
        Reduce::grain(&*self.work)
    }
    fn empty(&self) -> Vec<u64> {
        self.work.empty()
    }
    fn fold(&self, counts: &mut Vec<u64>, items: Range<usize>) {
        let (skewed, seed) = (i32::from(self.work.skewed()), self.work.seed());
        let (first, end) = (items.start as u64, items.end as u64);
        assert_eq!(counts.len(), self.work.bins());
        // SAFETY: `counts` has as many bins as the case, a power of two, and is borrowed alone; a
        // skewed key falls into one of the 256 of its case.
        unsafe {
            (self.build.kernels().histogram)(counts.as_mut_ptr(), counts.len(), skewed, seed, first, end);
        }
    }
    fn merge(&self, counts: &mut Vec<u64>, other: Vec<u64>) {
        self.work.merge(counts, other);
    }
}
