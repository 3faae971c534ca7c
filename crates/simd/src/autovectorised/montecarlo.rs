//! A sum that the compiler turns into lanes: each sample is a function of its number alone.

use crate::clones::{self, Plain};
use parallax_pattern::Reduce;
use parallax_pattern::isa::Isa;
use parallax_pattern::random::at;
use parallax_suite::workload::MonteCarlo;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The plain loop over samples.
#[derive(Serialize, Deserialize)]
pub struct Samples(Isa, Arc<MonteCarlo>);

impl Samples {
    /// The samples of `work`, compiled for `isa`.
    pub fn new(isa: Isa, work: &Arc<MonteCarlo>) -> Self {
        Samples(isa, work.clone())
    }
}

impl Reduce for Samples {
    type Acc = u64;
    fn len(&self) -> usize {
        self.1.len()
    }
    fn grain(&self) -> usize {
        self.1.grain()
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, hits: &mut u64, items: Range<usize>) {
        *hits += clones::run(self.0, Throw { seed: self.1.seed(), items });
    }
    fn merge(&self, hits: &mut u64, other: u64) {
        *hits += other;
    }
}

struct Throw {
    seed: u64,
    items: Range<usize>,
}

impl Plain for Throw {
    type Out = u64;
    #[inline(always)]
    fn run(self) -> u64 {
        let mut hits = 0;
        for i in self.items {
            let x = at(self.seed, 2 * i as u64) >> 33;
            let y = at(self.seed, 2 * i as u64 + 1) >> 33;
            hits += u64::from(x * x + y * y < 1 << 62);
        }
        hits
    }
}
