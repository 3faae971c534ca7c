//! 64-bit multiplication in all lanes: counter-based random numbers need no state, so lanes are independent.
//!
//! Lane `k` draws sample `i + k`. A sum of two squares below 2^62 has no bit 62, and no larger sum has a bit above it:
//! the misses are the sum of those bits, without a comparison. In addition to the vectors, single samples are drawn:
//! otherwise the scalar multiplier would be idle, and vectors have none for words of 64 bits.

use crate::best;
use crate::lanes::{Job, Lanes, Words};
#[cfg(feature = "worker")]
use crate::{Packed, lanes::Machine};
use parallax_pattern::random::{self, GAMMA, at};
use std::ops::Range;
#[cfg(feature = "worker")]
use {parallax_pattern::Fold, parallax_suite::workload::MonteCarlo};

/// Counts how many of some random points of a square lie within a quarter circle: about π/4 of them.
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

/// The count for the vectors of any machine.
struct Throw {
    seed: u64,
    samples: Range<u64>,
}

/// The samples drawn in vectors for each single one: the decoder keeps up with one single sample, not with two.
const TOGETHER: u64 = 8;

impl Job for Throw {
    type Out = u64;
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) -> u64 {
        let Throw { seed, samples } = self;
        let rounds = samples.end.saturating_sub(samples.start) / (TOGETHER + 1);
        let (alone, rest) = (samples.start + rounds * TOGETHER, samples.start + rounds * (TOGETHER + 1));
        let word = |i: u64| seed.wrapping_add(i.wrapping_mul(2).wrapping_add(1).wrapping_mul(GAMMA));
        let (mut vector, mut single) = (Words::count_up(lanes, word(samples.start), TWO), word(alone));
        let (mut misses, mut single_misses) = (Words::splat(lanes, 0), 0);
        for _ in 0..rounds {
            for _ in 0..TOGETHER as usize / L::LEN {
                let (x, y) = (upper_31(vector), upper_31(vector + GAMMA));
                misses = misses + ((x.mul_halves(x) + y.mul_halves(y)) >> 62);
                vector = vector + TWO.wrapping_mul(L::LEN as u64);
            }
            let (x, y) = (random::mix(single) >> 33, random::mix(single.wrapping_add(GAMMA)) >> 33);
            single_misses += (x * x + y * y) >> 62;
            single = single.wrapping_add(TWO);
        }
        (rest - samples.start) - misses.sum() - single_misses + hits(seed, rest..samples.end)
    }
}

/// The distance from one sample to the next.
const TWO: u64 = GAMMA.wrapping_mul(2);

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

/// The upper 31 bits of [`mix`]: its last step does not reach them, and they are the upper half of its last product.
#[inline(always)]
fn upper_31<L: Lanes>(z: Words<L>) -> Words<L> {
    let z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
    (z ^ (z >> 27)).mul_upper(z.all(0x94D0_49BB_1331_11EB)) >> 33
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
