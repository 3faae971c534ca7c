//! An expression over floats with boolean results: its output is an eighth as wide as its input.
//!
//! Case `E1` of [`Expression`](super::Expression), apart from the others because its output has
//! another type. All operands are small dyadic fractions, so every order of operations, fused or
//! not, has the same result.

use super::{Expression, GRAIN, drawn, length};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::spread::Spread;
use crate::workload::{Evenness, Facts, Params, Size, Workload, known, sent_as_params};
use parallax_pattern::Map;
use parallax_pattern::random::seed;

/// `a*b - 4.125*a > 2.5*b` for two arrays; true is 1, false is 0.
pub struct Comparison {
    params: Params,
    a: Buffer<f64>,
    b: Buffer<f64>,
}

impl Comparison {
    /// The expression, in the notation of numexpr.
    pub fn source(&self) -> &str {
        "a*b - 4.125*a > 2.5*b"
    }

    /// The arrays by the names that the expression gives them, both of one length.
    pub fn arguments(&self) -> Vec<(&str, &[f64])> {
        vec![("a", &self.a), ("b", &self.b)]
    }
}

impl Map for Comparison {
    type Item = u8;
    fn len(&self) -> usize {
        self.a.len()
    }
    fn grain(&self) -> usize {
        GRAIN
    }
    fn fill(&self, start: usize, out: &mut [u8]) {
        let range = start..start + out.len();
        for ((truth, a), b) in out.iter_mut().zip(&self.a[range.clone()]).zip(&self.b[range]) {
            *truth = u8::from(a * b - 4.125 * a > 2.5 * b);
        }
    }
}

/// Digests of the results, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0x499a63ad167217f0, 0x4493270d8d66a8cf, 0x395e4ea0635b8b9a, 0xc93a9db5047f1d79]),
    (0, Size::Small, [0x605c3ec176336cf9, 0x7f26d0199ad962e7, 0xa958a696c6a2f05f, 0xe86a9adc17587ada]),
    (0, Size::Headline, [0xf3052abe9947678f, 0x2bbca951a19a3a5e, 0x5d05058873e3328e, 0xb3e3a72081eeaeb1]),
    (0, Size::Medium, [0xf3052abe9947678f, 0x2bbca951a19a3a5e, 0x5d05058873e3328e, 0xb3e3a72081eeaeb1]),
];

impl Workload for Comparison {
    const NAME: &'static str = Expression::NAME;
    const NUMBER: u16 = Expression::NUMBER;
    const SHOWS: &'static str = Expression::SHOWS;
    const PATTERN: &'static str = Expression::PATTERN;
    const CASES: &'static [&'static str] = &["E1"];
    const HEADLINE: &'static [&'static str] = Expression::HEADLINE;
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Buffer<u8>;

    fn make(params: Params) -> Self {
        let (n, seed) = (length(params), seed(Self::NUMBER, params.variant));
        let column = |q| Buffer::from_fn(n, |i| drawn(seed, 2 * i + q) as f64 / 1024.0);
        Comparison { params, a: column(0), b: column(1) }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        (2 * 8 + 1) * length(params) as u64
    }
    fn units(params: Params) -> Option<u64> {
        Some(length(params) as u64)
    }
    fn facts(&self) -> Facts {
        let items = self.len() as f64;
        Facts {
            items,
            unit: "elements".into(),
            bytes: (2.0 * 8.0 + 1.0) * items,
            flops: 5.0 * items,
            evenness: Evenness::Even,
            // nearly all of it is read, which is faster than reading and writing
            limits: vec![Bound::of(Rate::Read, 16.0 * items), Bound::of(Rate::Fma, 5.0 * items)],
            spread: Some(Spread::map(self).into()),
        }
    }
    fn output(&self) -> Buffer<u8> {
        Buffer::new(self.len())
    }
    /// In integers: both sides times 2^20.
    fn reference(&self, out: &mut Buffer<u8>) {
        let seed = seed(Self::NUMBER, self.params.variant);
        for (i, truth) in out.iter_mut().enumerate() {
            let (a, b) = (drawn(seed, 2 * i), drawn(seed, 2 * i + 1));
            *truth = (a * b - 4224 * a > 2560 * b).into();
        }
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
}

sent_as_params!(Comparison);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_the_published_ones() {
        for (size, count) in [(Size::Tiny, 367), (Size::Small, 38882), (Size::Medium, 1557252)] {
            let work = Comparison::make(Params::of(size));
            let mut out = work.output();
            work.reference(&mut out);
            assert_eq!(out.iter().map(|&truth| u32::from(truth)).sum::<u32>(), count, "{size}");
        }
    }

    #[test]
    fn the_opposite_comparison_is_rejected() {
        let work = Comparison::make(Params::of(Size::Tiny));
        let mut out = work.output();
        work.fill(0, &mut out);
        assert!(work.check(&out, work.expected()).is_ok());
        out.iter_mut().for_each(|truth| *truth = 1 - *truth);
        assert!(work.check(&out, work.expected()).is_err());
    }

    #[test]
    fn any_other_byte_than_one_is_not_true() {
        let work = Comparison::make(Params::of(Size::Tiny));
        let mut out = work.output();
        work.fill(0, &mut out);
        out.iter_mut().for_each(|truth| *truth *= 255);
        assert!(work.check(&out, work.expected()).is_err());
    }
}
