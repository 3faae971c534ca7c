//! Keys that a compiler computes in lanes, and counts that it cannot: the next increment may be of the same word.
//!
//! A loop that does both is not vectorised at all. Cut in two, with a block of bins between, its first half is.

use crate::best;
use crate::clones::{self, Plain};

/// As [`histogram`](crate::histogram()).
///
/// # Panics
///
/// If a key is not below `bins`.
pub fn histogram<K: Copy + Into<u64>>(keys: &[K], bins: usize) -> Vec<u64> {
    let mut counts = vec![0; bins];
    clones::run(best::isa(), Counts { keys, counts: &mut counts });
    counts
}

struct Counts<'a, K> {
    keys: &'a [K],
    counts: &'a mut [u64],
}

impl<K: Copy + Into<u64>> Plain for Counts<'_, K> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        for key in self.keys {
            self.counts[(*key).into() as usize] += 1;
        }
    }
}

/// The suite's keys, which are drawn in blocks.
#[cfg(feature = "worker")]
mod suite {
    use super::super::Autovectorised;
    use super::{Plain, best, clones};
    use parallax_pattern::Fold;
    use parallax_pattern::random::at;
    use parallax_suite::workload::Histogram;
    use std::ops::Range;

    struct Made<'a> {
        work: &'a Histogram,
        items: Range<usize>,
        counts: &'a mut [u64],
    }

    /// Bins between the two halves: few, so that the processor computes the next ones while it still counts.
    const BLOCK: usize = 64;

    impl Plain for Made<'_> {
        type Out = ();
        #[inline(always)]
        fn run(self) {
            let Made { work, items, counts } = self;
            let (seed, mask, skewed) = (work.seed(), work.bins() as u64 - 1, work.skewed());
            let counts = &mut counts[..=mask as usize]; // the mask then replaces the bounds check of an increment
            for first in items.clone().step_by(BLOCK) {
                let mut bins = [0; BLOCK];
                let bins = &mut bins[..BLOCK.min(items.end - first)];
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

    impl Fold<Histogram> for Autovectorised {
        const SOURCE: &'static str = file!();
        fn fold(&self, work: &Histogram, counts: &mut Vec<u64>, items: Range<usize>) {
            clones::run(best::isa(), Made { work, items, counts });
        }
    }
}
