//! Memory bandwidth: a triad added onto an array, over and over, in place.
//!
//! ```text
//! repeat K times:
//!     for i in range(n):
//!         a[i] += b[i] + 3 * c[i]
//! ```
//!
//! `a[i] += b[i] + 3 c[i]`, `K` times, over arrays of small integers, so that no order of
//! operations can change a bit. The idea of a bandwidth kernel is McCalpin's STREAM (1995).

use super::{Evenness, Facts, Params, Size, Workload, known, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::digest::{Output, Word, of_slice};
use crate::spread::Spread;
use parallax_pattern::Answer;
use parallax_pattern::Sweep;
use std::ops::Range;

/// Two input arrays and how often they are added onto a third.
pub struct Stream {
    params: Params,
    b: Buffer<f64>,
    c: Buffer<f64>,
}

/// The number of items, and of passes: those of the size, with as many items as the requested units need.
fn shape(params: Params) -> (usize, usize) {
    let (n, k) = params.size.of([(1000, 3), (1 << 16, 200), (1 << 22, 4), (1 << 22, 20), (1 << 25, 10)]);
    (params.units.map_or(n, |units| (units as f64 / k as f64).round().max(1.0) as usize), k)
}

impl Stream {
    /// The array that is added once.
    pub fn b(&self) -> &[f64] {
        &self.b
    }
    /// The array that is added three times.
    pub fn c(&self) -> &[f64] {
        &self.c
    }
}

impl Sweep for Stream {
    type Item = f64;
    fn len(&self) -> usize {
        self.b.len()
    }
    fn grain(&self) -> usize {
        1 << 14 // 128 KiB of each array
    }
    fn steps(&self) -> usize {
        shape(self.params).1
    }
    fn step(&self, start: usize, part: &mut [f64]) {
        let range = start..start + part.len();
        for ((a, b), c) in part.iter_mut().zip(&self.b[range.clone()]).zip(&self.c[range]) {
            *a += b + 3.0 * c;
        }
    }
}

/// The array that the passes add onto, and how many runs have done so.
///
/// Each run within a sample continues from the result of the last one, so that clearing the array is
/// not timed; the check divides by the number of runs, exactly.
pub struct Swept {
    a: Buffer<f64>,
    runs: u32,
}

impl Swept {
    /// Lets one run go over the array.
    ///
    /// # Errors
    ///
    /// Those of `run`.
    pub fn sweep(&mut self, run: impl FnOnce(&mut [f64]) -> Answer<()>) -> Answer<()> {
        self.runs += 1;
        run(&mut self.a)
    }
}

impl Output for Swept {
    fn len(&self) -> usize {
        self.a.len()
    }
    fn word(&self, i: usize) -> u64 {
        (self.a[i] / f64::from(self.runs)).word()
    }
    fn set_word(&mut self, i: usize, word: u64) {
        self.a[i] = f64::from_word(word) * f64::from(self.runs);
    }
    fn spoil(&mut self) {
        self.a.fill(0.0);
        self.runs = 0; // 0 / 0 is not an answer
    }
    fn partial_digest(&self, range: Range<usize>) -> u64 {
        let (start, runs) = (range.start, f64::from(self.runs));
        of_slice(&self.a[range], start, |a| (a / runs).word())
    }
}

/// Digests after one run, solved by the reference. There are no variants: the arrays are fixed.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0x108cb928ff4477cb, 0x108cb928ff4477cb, 0x108cb928ff4477cb, 0x108cb928ff4477cb]),
    (0, Size::Small, [0x4e600ecbcc66e7ab, 0x4e600ecbcc66e7ab, 0x4e600ecbcc66e7ab, 0x4e600ecbcc66e7ab]),
    (0, Size::Headline, [0xd0e319284ab4f321, 0xd0e319284ab4f321, 0xd0e319284ab4f321, 0xd0e319284ab4f321]),
    (0, Size::Medium, [0xa5b1b294d3332817, 0xa5b1b294d3332817, 0xa5b1b294d3332817, 0xa5b1b294d3332817]),
];

impl Workload for Stream {
    const NAME: &'static str = "stream";
    const NUMBER: u16 = 1;
    const SHOWS: &'static str = "memory bandwidth; in place vs temporaries";
    const PATTERN: &'static str = "sweep";
    const HEADLINE: &'static [&'static str] =
        &["rayon", "spin-barrier", "portable", "portable+rayon", "ndarray-parallel", "shared-memory"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Swept;

    fn make(params: Params) -> Self {
        let (n, _) = shape(params);
        let b = Buffer::from_fn(n, |i| (i % 1024) as f64);
        let c = Buffer::from_fn(n, |i| (i % 1021) as f64);
        Stream { params, b, c }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        3 * 8 * shape(params).0 as u64
    }
    fn units(params: Params) -> Option<u64> {
        let (n, k) = shape(params);
        Some((n * k) as u64)
    }
    fn facts(&self) -> Facts {
        let (n, k) = shape(self.params);
        let items = (n * k) as f64;
        Facts {
            items,
            unit: "elements".into(),
            bytes: 32.0 * items,
            flops: 3.0 * items,
            evenness: Evenness::Even,
            limits: vec![Bound::of(Rate::Update, 32.0 * items)],
            spread: Some(Spread::sweep(self).into()),
        }
    }
    fn output(&self) -> Swept {
        Swept { a: Buffer::new(self.b.len()), runs: 0 }
    }
    fn reference(&self, out: &mut Swept) {
        let k = shape(self.params).1;
        out.runs = 1;
        for (i, a) in out.a.iter_mut().enumerate() {
            *a = (k * (i % 1024 + 3 * (i % 1021))) as f64;
        }
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
}

sent_as_params!(Stream);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_the_published_ones() {
        for (size, sum) in [
            (Size::Tiny, 5994000.0),
            (Size::Small, 26710598400.0),
            (Size::Headline, 34250473704.0),
            (Size::Medium, 171252368520.0),
        ] {
            let work = Stream::make(Params::of(size));
            let mut out = work.output();
            work.reference(&mut out);
            assert_eq!(out.a.iter().sum::<f64>(), sum, "{size}");
        }
    }

    #[test]
    fn a_wrong_sign_is_rejected() {
        let work = Stream::make(Params::of(Size::Tiny));
        let mut out = work.output();
        out.runs = 1;
        for i in 0..work.len() {
            out.a[i] = 3.0 * (work.b[i] - 3.0 * work.c[i]);
        }
        assert!(work.check(&out, work.expected()).is_err());
    }

    #[test]
    fn one_pass_too_few_is_rejected() {
        let work = Stream::make(Params::of(Size::Tiny));
        let mut out = work.output();
        out.runs = 1;
        (1..work.steps()).for_each(|_| work.step(0, &mut out.a));
        assert!(work.check(&out, work.expected()).is_err());
        work.step(0, &mut out.a);
        assert!(work.check(&out, work.expected()).is_ok());
    }
}
