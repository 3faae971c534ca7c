//! Keys that a compiler makes in lanes, and counts that it cannot: the next hit may be on the same word.
//!
//! A loop that does both is not vectorised at all. Cut in two, with a block of bins between, its first half is.

use crate::clones::{self, Plain};
use parallax_pattern::Reduce;
use parallax_pattern::isa::Isa;
use parallax_pattern::random::at;
use parallax_suite::workload::Histogram;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// Counts of keys that are made in blocks.
#[derive(Serialize, Deserialize)]
pub struct Counts(Isa, Arc<Histogram>);

impl Counts {
    /// The counts of `work`, compiled for `isa`.
    pub fn new(isa: Isa, work: &Arc<Histogram>) -> Self {
        Counts(isa, work.clone())
    }
}

impl Reduce for Counts {
    type Acc = Vec<u64>;
    fn len(&self) -> usize {
        Reduce::len(&*self.1)
    }
    fn grain(&self) -> usize {
        Reduce::grain(&*self.1)
    }
    fn empty(&self) -> Vec<u64> {
        self.1.empty()
    }
    fn fold(&self, counts: &mut Vec<u64>, items: Range<usize>) {
        clones::run(self.0, Keys { work: &self.1, items, counts });
    }
    fn merge(&self, counts: &mut Vec<u64>, other: Vec<u64>) {
        self.1.merge(counts, other);
    }
}

struct Keys<'a> {
    work: &'a Histogram,
    items: Range<usize>,
    counts: &'a mut [u64],
}

/// How many bins stand between the halves: they stay in the first cache.
const BLOCK: usize = 256;

impl Plain for Keys<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let (seed, mask) = (self.work.seed(), self.work.bins() as u64 - 1);
        let skewed = self.work.skewed();
        let counts = &mut self.counts[..=mask as usize];
        for first in self.items.clone().step_by(BLOCK) {
            let mut bins = [0; BLOCK];
            let bins = &mut bins[..BLOCK.min(self.items.end - first)];
            for (bin, i) in bins.iter_mut().zip(first as u64..) {
                let r = at(seed, i);
                let bit = 1 << ((r >> 48) & 7);
                *bin = if skewed { bit + (r & (bit - 1)) } else { r & mask };
            }
            for bin in bins {
                counts[(*bin & mask) as usize] += 1;
            }
        }
    }
}
