//! 64-bit multiplication in all lanes: counter-based random numbers need no state, so lanes are free.
//!
//! Lane `k` draws sample `i + k`. A sum of two squares below 2^62 has no bit 62, and no larger sum has a
//! bit above it: the misses are the sum of those bits, without a comparison.

use crate::best;
use crate::lanes::{Job, Lanes, Words};
#[cfg(feature = "worker")]
use crate::{Packed, lanes::Machine};
use parallax_pattern::random::{GAMMA, at};
use std::ops::Range;
#[cfg(feature = "worker")]
use {parallax_pattern::Fold, parallax_suite::workload::MonteCarlo};

/// Counts how many of some random points of a square lie within a quarter circle: π/4 of them, more or less.
///
/// A point is a function of the seed and its number, so ranges may be counted anywhere and added up. It costs two
/// random numbers, of two multiplications of 64 bits each.
///
/// ```
/// let hits = parallax_simd::quarter_circle(7, 0..1_000_000);
/// assert!((hits as f64 / 250_000.0 - std::f64::consts::PI).abs() < 0.01);
/// ```
pub fn quarter_circle(seed: u64, samples: Range<u64>) -> u64 {
    best::run(Throw { seed, samples })
}

/// The same for the vectors of any machine.
struct Throw {
    seed: u64,
    samples: Range<u64>,
}

impl Job for Throw {
    type Out = u64;
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) -> u64 {
        let Throw { seed, samples } = self;
        let lanes_each = L::LEN as u64;
        let vectors = samples.end.saturating_sub(samples.start) / lanes_each;
        let start = seed.wrapping_add(samples.start.wrapping_mul(2).wrapping_add(1).wrapping_mul(GAMMA));
        let mut x = Words::count_up(lanes, start, 2u64.wrapping_mul(GAMMA));
        let mut misses = Words::splat(lanes, 0);
        for _ in 0..vectors {
            let (x31, y31) = (mix(x) >> 33, mix(x + GAMMA) >> 33);
            misses = misses + ((x31.mul_halves(x31) + y31.mul_halves(y31)) >> 62);
            x = x + (2 * lanes_each).wrapping_mul(GAMMA);
        }
        let done = vectors * lanes_each;
        done - misses.sum() + hits(seed, samples.start + done..samples.end) // fewer than a vector has
    }
}

/// The same, one sample after the other.
#[inline(always)]
pub(crate) fn hits(seed: u64, samples: Range<u64>) -> u64 {
    let mut hits = 0;
    for i in samples {
        let x = at(seed, i.wrapping_mul(2)) >> 33;
        let y = at(seed, i.wrapping_mul(2).wrapping_add(1)) >> 33;
        hits += u64::from(x * x + y * y < 1 << 62);
    }
    hits
}

/// The scrambler of words ([`parallax_pattern::random::mix`]) in every lane.
#[inline(always)]
pub(crate) fn mix<L: Lanes>(z: Words<L>) -> Words<L> {
    let z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
    let z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
    z ^ (z >> 31)
}

#[cfg(feature = "worker")]
impl<M: Machine> Fold<MonteCarlo> for Packed<M> {
    const SOURCE: &'static str = file!();
    fn fold(&self, work: &MonteCarlo, hits: &mut u64, items: Range<usize>) {
        *hits += self.machine.run(Throw { seed: work.seed(), samples: items.start as u64..items.end as u64 });
    }
}
