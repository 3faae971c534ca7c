//! 64-bit multiplication in all lanes: counter-based random numbers need no state, so lanes are free.
//!
//! Lane `k` draws sample `i + k`. A sum of two squares below 2^62 has no bit 62, and no larger sum has a
//! bit above it: the misses are the sum of those bits, without a comparison.

use crate::lanes::{Job, Lanes, Machine, Words};
use parallax_pattern::Reduce;
use parallax_pattern::random::GAMMA;
use parallax_suite::workload::MonteCarlo;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The samples of a quarter circle, a vector at a time.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Samples<M: Machine> {
    machine: M,
    work: Arc<MonteCarlo>,
}

impl<M: Machine> Samples<M> {
    /// The samples of `work`, by the vectors of `machine`.
    pub fn new(machine: M, work: &Arc<MonteCarlo>) -> Self {
        Samples { machine, work: work.clone() }
    }
}

impl<M: Machine> Reduce for Samples<M> {
    type Acc = u64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, hits: &mut u64, items: Range<usize>) {
        let lanes_of_work = Throw { seed: self.work.seed(), items: items.clone() };
        let (misses, done) = self.machine.run(lanes_of_work);
        *hits += done as u64 - misses;
        self.work.fold(hits, items.start + done..items.end); // fewer than a vector has
    }
    fn merge(&self, hits: &mut u64, other: u64) {
        *hits += other;
    }
}

/// Counts misses among whole vectors of samples; gives also how many samples those were.
struct Throw {
    seed: u64,
    items: Range<usize>,
}

impl Job for Throw {
    type Out = (u64, usize);
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) -> (u64, usize) {
        let vectors = self.items.len() / L::LEN;
        let from = 2 * self.items.start as u64 + 1;
        let mut x = Words::count_up(
            lanes,
            self.seed.wrapping_add(from.wrapping_mul(GAMMA)),
            2u64.wrapping_mul(GAMMA),
        );
        let mut misses = Words::splat(lanes, 0);
        for _ in 0..vectors {
            let (x31, y31) = (mix(x) >> 33, mix(x + GAMMA) >> 33);
            misses = misses + ((x31.mul_halves(x31) + y31.mul_halves(y31)) >> 62);
            x = x + (2 * L::LEN as u64).wrapping_mul(GAMMA);
        }
        (misses.sum(), vectors * L::LEN)
    }
}

/// The suite's scrambler of words ([`parallax_pattern::random::mix`]) in every lane.
#[inline(always)]
pub(crate) fn mix<L: Lanes>(z: Words<L>) -> Words<L> {
    let z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
    let z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
    z ^ (z >> 31)
}
