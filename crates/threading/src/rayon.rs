//! A pool that steals: work is halved again and again, and idle workers take the halves of busy ones.
//!
//! ```
//! use rayon::prelude::*;
//!
//! fn squares(out: &mut [u64]) {
//!     out.par_iter_mut().enumerate().for_each(|(i, square)| *square = (i as u64).pow(2));
//! }
//!
//! let mut out = [0; 5];
//! squares(&mut out);
//! assert_eq!(out, [0, 1, 4, 9, 16]);
//! ```
//!
//! A pool of one's own fixes the number of workers; `install` enters it. Entering from outside costs
//! some ten microseconds, because a sleeping worker has to wake. The halving is A. Robison et al.,
//! "Optimization via Reflection on Work Stealing in TBB" (2008); stealing goes back to Cilk.

use ::rayon::prelude::*;
use ::rayon::{ThreadPool, ThreadPoolBuilder};
use parallax_suite::pattern::{Map, Reduce, Sweep};
use parallax_suite::question::{Answer, Card, Cores, Execute, No, Technique};
use std::sync::Arc;

/// How many accumulators a worker may fill at most: enough to even out uneven work, few enough that
/// an accumulator may be a table of half a megabyte.
const SHARES_PER_WORKER: usize = 16;

/// A rayon pool of its own.
#[derive(Debug)]
pub struct Rayon {
    pool: ThreadPool,
}

impl Technique for Rayon {
    const CARD: Card = Card {
        name: "rayon",
        idea: "a kept pool whose idle workers steal halves of what busy ones still have",
        gives: "even finishing times from one line of code; iterators that compose and nest",
        costs: "a wake-up per call; which thread runs what differs from run to run",
        cores: Cores::Workers,
        libraries: &["rayon"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let pool = ThreadPoolBuilder::new().num_threads(workers.max(1)).build();
        Ok(Rayon { pool: pool.map_err(|error| No::Unavailable(error.to_string()))? })
    }
}

impl Execute for Rayon {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        let grain = work.grain().max(1);
        self.pool.install(|| {
            out.par_chunks_mut(grain).enumerate().for_each(|(k, part)| work.fill(k * grain, part));
        });
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let (len, grain) = (work.len(), work.grain().max(1));
        let pieces = len.div_ceil(grain);
        let shares = SHARES_PER_WORKER * self.pool.current_num_threads();
        let fold = |mut acc, k: usize| {
            work.fold(&mut acc, k * grain..((k + 1) * grain).min(len));
            acc
        };
        let together = |mut left, right| {
            work.merge(&mut left, right);
            left
        };
        let split = (0..pieces).into_par_iter().with_min_len(pieces.div_ceil(shares));
        // Not `reduce`, which would make and merge an empty accumulator for every share.
        let acc = self.pool.install(|| split.fold(|| work.empty(), fold).reduce_with(together));
        Ok(acc.unwrap_or_else(|| work.empty()))
    }

    /// The end of each parallel loop is the barrier.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        let grain = work.grain().max(1);
        self.pool.install(|| {
            for _ in 0..work.steps() {
                let parts = state.par_chunks_mut(grain).enumerate();
                parts.for_each(|(k, part)| work.step(k * grain, part));
            }
        });
        Ok(())
    }
}
