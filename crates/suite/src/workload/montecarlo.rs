//! Monte Carlo, the control that must scale perfectly: how many random points fall into a quarter circle.
//!
//! ```text
//! for i in range(samples):
//!     x, y = random(2 * i) >> 33, random(2 * i + 1) >> 33
//!     hits += x * x + y * y < 2**62
//! ```
//!
//! Integers throughout, so the count is exact and the same for any partition.

use super::{Evenness, Facts, Params, Size, Workload, known, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::spread::Spread;
use parallax_pattern::Reduce;
use parallax_pattern::random::{at, seed};
use std::ops::Range;

/// A stream of points.
pub struct MonteCarlo {
    params: Params,
    seed: u64,
}

const fn samples(params: Params) -> usize {
    params.count([10_000, 1_000_000, 10_000_000, 250_000_000, 2_500_000_000])
}

impl MonteCarlo {
    /// The seed of the points.
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl Reduce for MonteCarlo {
    type Acc = u64;
    fn len(&self) -> usize {
        samples(self.params)
    }
    fn grain(&self) -> usize {
        (self.len() / 256).max(1 << 12)
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, hits: &mut u64, items: Range<usize>) {
        let inside = |i: usize| {
            let x = at(self.seed, 2 * i as u64) >> 33;
            let y = at(self.seed, 2 * i as u64 + 1) >> 33;
            x * x + y * y < 1 << 62
        };
        *hits += items.map(|i| u64::from(inside(i))).sum::<u64>();
    }
    fn merge(&self, hits: &mut u64, other: u64) {
        *hits += other;
    }
}

/// Digests of the counts, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0x8e7f25270ddf2561, 0xeab74d2d8b1fd31e, 0xc5e59efc79b8293f, 0x70dd6a881d0c368c]),
    (0, Size::Small, [0xfa1c186fe571a677, 0xebd7adbb5b779b81, 0xb869d24a6e8517cc, 0x9b66468c92ad51c2]),
    (0, Size::Headline, [0x91c55345fa140ac2, 0x1e206fa5202aa614, 0x353197cf7533bab6, 0x5f19c0b4288a1612]),
    (0, Size::Medium, [0x35c784d9e093b0ac, 0xf51888189498b10a, 0xc90c9dbec432b240, 0x3db2bc6fe90b530e]),
];

impl Workload for MonteCarlo {
    const NAME: &'static str = "montecarlo";
    const NUMBER: u16 = 7;
    const SHOWS: &'static str = "the control that must scale perfectly";
    const PATTERN: &'static str = "reduce";
    const HEADLINE: &'static [&'static str] =
        &["rayon", "scoped", "portable", "portable+rayon", "ndarray-parallel", "pipes"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = u64;

    fn make(params: Params) -> Self {
        MonteCarlo { params, seed: seed(Self::NUMBER, params.variant) }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(_: Params) -> u64 {
        8
    }
    fn units(params: Params) -> Option<u64> {
        Some(samples(params) as u64)
    }
    fn facts(&self) -> Facts {
        let items = self.len() as f64;
        Facts {
            items,
            unit: "samples".into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Even,
            // two draws; the squares are of 31 bits, and cost only an additional product of 32 bits
            limits: vec![Bound::of(Rate::Draw, 2.0 * items)],
            spread: Some(Spread::reduce(self, size_of::<u64>()).into()),
        }
    }
    fn output(&self) -> u64 {
        0
    }
    /// With a running counter instead of a product per sample, and in 128 bits.
    fn reference(&self, out: &mut u64) {
        let mut state = self.seed;
        let mut draw = || {
            state = state.wrapping_add(parallax_pattern::random::GAMMA);
            u128::from(parallax_pattern::random::mix(state) >> 33)
        };
        *out = (0..self.len()).filter(|_| draw().pow(2) + draw().pow(2) < 1 << 62).count() as u64;
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
}

sent_as_params!(MonteCarlo);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_the_published_ones() {
        for (size, count) in [(Size::Tiny, 7813), (Size::Small, 785302)] {
            let work = MonteCarlo::make(Params::of(size));
            let mut out = work.output();
            work.reference(&mut out);
            assert_eq!(out, count, "{size}");
        }
    }

    #[test]
    fn one_sample_too_few_is_rejected() {
        let work = MonteCarlo::make(Params::of(Size::Tiny));
        let mut hits = work.empty();
        work.fold(&mut hits, 0..work.len());
        assert!(work.check(&hits, work.expected()).is_ok());
        assert!(work.check(&(hits - 1), work.expected()).is_err());
    }
}
