//! Contention on a histogram: every item adds one to one of a few words that all workers want.
//!
//! ```text
//! for i in range(n):
//!     bin = random(i) % bins, or a skewed choice of 256
//!     counts[bin] += 1
//! ```
//!
//! The cases set the number of words: 1, 256, 256 with most hits on the first, 65536. With [`Reduce`]
//! each worker has a table of its own (privatisation), to be merged; with [`Touch`] all share one.

use super::{Evenness, Facts, Params, Size, Workload, cases, known, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::spread::Spread;
use parallax_pattern::random::{at, seed};
use parallax_pattern::{Reduce, Touch};
use std::ops::Range;

/// A stream of keys, and how they map to bins.
pub struct Histogram {
    params: Params,
    seed: u64,
    /// The bits of a key that select its bin. With a constant the compiler could count a single bin
    /// without reading any key.
    mask: u64,
}

cases! {
    /// How a key maps to a bin: the cases of [`Histogram`].
    pub enum Bins {
        /// By its lowest byte.
        Byte = "256",
        /// There is one bin only.
        One = "1",
        /// Into 256 bins, half of them into the first few.
        Skewed = "skewed",
        /// By its lowest two bytes.
        TwoBytes = "65536",
    }
}

const fn items(params: Params) -> usize {
    params.count([10_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000])
}

const fn bins(case: usize) -> usize {
    match Bins::ALL[case] {
        Bins::One => 1,
        Bins::Byte | Bins::Skewed => 1 << 8,
        Bins::TwoBytes => 1 << 16,
    }
}

impl Histogram {
    /// The seed of the keys.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether a key's bin is not just its lowest bits ([`Bins::Skewed`]).
    pub fn skewed(&self) -> bool {
        match Bins::ALL[self.params.case] {
            Bins::Skewed => true,
            Bins::Byte | Bins::One | Bins::TwoBytes => false,
        }
    }

    /// How many bins there are.
    pub fn bins(&self) -> usize {
        bins(self.params.case)
    }

    /// Calls `hit` with the bin of each item. The case is selected once, outside the loop.
    #[inline(always)]
    fn each(&self, items: Range<usize>, mut hit: impl FnMut(usize)) {
        let keys = items.map(|i| at(self.seed, i as u64));
        if self.skewed() {
            keys.for_each(|r| {
                let bit = 1 << ((r >> 48) % 8);
                hit((bit + (r & (bit - 1))) as usize)
            });
        } else {
            keys.for_each(|r| hit((r & self.mask) as usize));
        }
    }
}

impl Reduce for Histogram {
    type Acc = Vec<u64>;
    fn len(&self) -> usize {
        items(self.params)
    }
    fn grain(&self) -> usize {
        (Reduce::len(self) / 256).max(1 << 10)
    }
    fn empty(&self) -> Vec<u64> {
        vec![0; self.bins()]
    }
    fn fold(&self, counts: &mut Vec<u64>, items: Range<usize>) {
        let counts = &mut counts[..self.bins()];
        self.each(items, |bin| counts[bin] += 1);
    }
    fn merge(&self, counts: &mut Vec<u64>, other: Vec<u64>) {
        counts.iter_mut().zip(other).for_each(|(count, other)| *count += other);
    }
}

impl Touch for Histogram {
    fn len(&self) -> usize {
        Reduce::len(self)
    }
    fn grain(&self) -> usize {
        Reduce::grain(self)
    }
    fn words(&self) -> usize {
        self.bins()
    }
    #[inline(always)]
    fn hits(&self, items: Range<usize>, hit: impl FnMut(usize)) {
        self.each(items, hit);
    }
}

/// Digests of the counts, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0xea8b1d73f48a0481, 0x776051c80d1ec2ed, 0x0126cb9a9a139976, 0x1d28afc19a7731fc]),
    (0, Size::Small, [0xde6fc330984c2c3b, 0xb3183c520266a854, 0x0fca4c92c3082532, 0xd5f91cc276250449]),
    (0, Size::Headline, [0x024e994a41cdda5c, 0xc1f1d4588c8d1df4, 0x14988c07ef607133, 0x0d0c8ddc66039529]),
    (0, Size::Medium, [0x4bf679d65171d9f1, 0xb8e187fd685da9cf, 0x3d84e6cea9f7cbe0, 0x04e1e0b58766a390]),
    (1, Size::Tiny, [0x994a0f4abab2e080, 0x994a0f4abab2e080, 0x994a0f4abab2e080, 0x994a0f4abab2e080]),
    (1, Size::Small, [0x62fc1862c57c2356, 0x62fc1862c57c2356, 0x62fc1862c57c2356, 0x62fc1862c57c2356]),
    (1, Size::Headline, [0x9a50cf3a7fdd0dfc, 0x9a50cf3a7fdd0dfc, 0x9a50cf3a7fdd0dfc, 0x9a50cf3a7fdd0dfc]),
    (1, Size::Medium, [0x78a6f09f83639182, 0x78a6f09f83639182, 0x78a6f09f83639182, 0x78a6f09f83639182]),
    (2, Size::Tiny, [0x1c82e691793c7049, 0x9281ece8524193db, 0xc62fd22eafb7daa4, 0x11df7abd17f633ce]),
    (2, Size::Small, [0x10224a8e2686e0f1, 0x05760011bb566c25, 0xcd1365b0b6d57986, 0x22ead87f0ed234b2]),
    (2, Size::Headline, [0xa3d828c522a68b0b, 0x4fa7b97aadb01f79, 0x052ae5dfbdb7a190, 0xe2f5861d7ddd89a2]),
    (2, Size::Medium, [0x91843ef4db4487b7, 0xd219ffca5cf89323, 0x2589bc3fadf51945, 0x3b19b0d42417bfae]),
    (3, Size::Tiny, [0x550b26ed5e2f9da4, 0x2efffc17faac0252, 0xb90248a0d0108050, 0x2df61ccb6d67c301]),
    (3, Size::Small, [0xf459a76ca98f8ab5, 0xafbfc54c5afccea0, 0xdb01ad6af08e59dc, 0xfa0cdb82622b9098]),
    (3, Size::Headline, [0x134714776c44ee38, 0x2b1b15a6f3f32279, 0x99f00c8dcf9b68ad, 0x0617df37dfa7b08d]),
    (3, Size::Medium, [0x38c6b562881e30a8, 0x41298fbea8a0b27a, 0x664ea950a995ade1, 0xeab3f275c91c2502]),
];

impl Workload for Histogram {
    const NAME: &'static str = "histogram";
    const NUMBER: u16 = 12;
    const SHOWS: &'static str = "contention on shared words, false sharing, privatisation";
    const PATTERN: &'static str = "reduce";
    const CASES: &'static [&'static str] = Bins::NAMES;
    const HEADLINE: &'static [&'static str] =
        &["rayon", "thread-local", "fetch-add", "portable", "portable+rayon", "shared-memory"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Buffer<u64>;

    fn make(params: Params) -> Self {
        let mask = bins(params.case) as u64 - 1;
        Histogram { params, seed: seed(Self::NUMBER, params.variant), mask }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        8 * bins(params.case) as u64
    }
    fn units(params: Params) -> Option<u64> {
        Some(items(params) as u64)
    }
    fn facts(&self) -> Facts {
        let items = Reduce::len(self) as f64;
        Facts {
            items,
            unit: "items".into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Even,
            // a key is drawn by two products, and a hit is stored
            limits: vec![
                Bound::of(Rate::Increment, items),
                Bound::of(Rate::Multiply, 2.0 * items),
                Bound::of(Rate::Store, 8.0 * items),
            ],
            spread: Some(Spread::reduce(self, 8 * self.bins()).into()),
        }
    }
    fn output(&self) -> Buffer<u64> {
        Buffer::new(self.bins())
    }
    /// By a running stream instead of positions, with divisions instead of masks.
    fn reference(&self, out: &mut Buffer<u64>) {
        out.fill(0);
        let mut state = self.seed;
        for _ in 0..Reduce::len(self) {
            state = state.wrapping_add(parallax_pattern::random::GAMMA);
            let r = parallax_pattern::random::mix(state);
            let bin = match Bins::ALL[self.params.case] {
                Bins::Skewed => {
                    let width = 2u64.pow(((r / (1 << 48)) % 8) as u32);
                    width + r % width
                }
                Bins::Byte => r % 256,
                Bins::One => 0,
                Bins::TwoBytes => r % 65_536,
            };
            out[bin as usize] += 1;
        }
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
}

sent_as_params!(Histogram);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::digest;

    #[test]
    fn the_digests_are_the_published_ones() {
        let answers = [0xde6fc330984c2c3b, 0x62fc1862c57c2356, 0x10224a8e2686e0f1, 0xf459a76ca98f8ab5];
        for (case, answer) in answers.into_iter().enumerate() {
            let work = Histogram::make(Params { case, ..Params::of(Size::Small) });
            let mut out = work.output();
            work.reference(&mut out);
            assert_eq!(digest(&out), answer, "case {}", Histogram::CASES[case]);
        }
    }

    #[test]
    fn a_lost_hit_is_rejected() {
        let work = Histogram::make(Params::of(Size::Tiny));
        let mut out = work.output();
        work.reference(&mut out);
        assert!(work.check(&out, work.expected()).is_ok());
        out[255] -= 1;
        assert!(work.check(&out, work.expected()).is_err());
    }
}
