//! A sum that the compiler vectorises: each sample is a function of its number alone.

use crate::best;
use crate::clones::{self, Plain};
use crate::montecarlo::hits;
use std::ops::Range;
#[cfg(feature = "worker")]
use {super::Autovectorised, parallax_pattern::Fold, parallax_suite::workload::MonteCarlo};

/// As [`quarter_circle`](crate::quarter_circle).
pub fn quarter_circle(seed: u64, samples: Range<u64>) -> u64 {
    clones::run(best::isa(), Throw { seed, samples })
}

struct Throw {
    seed: u64,
    samples: Range<u64>,
}

impl Plain for Throw {
    type Out = u64;
    #[inline(always)]
    fn run(self) -> u64 {
        hits(self.seed, self.samples)
    }
}

#[cfg(feature = "worker")]
impl Fold<MonteCarlo> for Autovectorised {
    const SOURCE: &'static str = file!();
    fn fold(&self, work: &MonteCarlo, hits: &mut u64, items: Range<usize>) {
        *hits += quarter_circle(work.seed(), items.start as u64..items.end as u64);
    }
}
