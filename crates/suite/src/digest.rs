//! A digest of an output, in one word: the order of execution does not matter, positions do.
//!
//! `D = sum over i of mix(v_i ^ mix(i))`, modulo 2^64. A sum commutes, so a digest can be taken in
//! parallel or with NumPy; `mix(i)` pins each value to its place. Floats enter by their bits, with
//! `-0.0` as `0.0`.
//!
//! Every sample is checked by a digest, so a slow digest would leave less time for samples: it uses
//! the vectors of the processor, and all cores if the output is large.

mod fast;

use parallax_pattern::random::mix;
use std::ops::Range;

pub(crate) use fast::of_slice;

/// A value that has 64 bits of identity.
pub trait Word: Copy + PartialEq {
    /// The bits that enter a digest.
    fn word(self) -> u64;
    /// The value of a word; the inverse of [`Word::word`] (the controls use it to corrupt outputs).
    fn from_word(word: u64) -> Self;
}

macro_rules! integer_words {
    ($($int:ty),*) => {$(
        impl Word for $int {
            #[inline(always)]
            fn word(self) -> u64 { self as u64 }
            #[inline(always)]
            fn from_word(word: u64) -> Self { word as Self }
        }
    )*};
}
integer_words!(u8, u32, u64, i64);

impl Word for f64 {
    #[inline(always)]
    fn word(self) -> u64 {
        (self + 0.0).to_bits() // -0.0 + 0.0 is 0.0
    }
    #[inline(always)]
    fn from_word(word: u64) -> Self {
        f64::from_bits(word)
    }
}

/// By its value in double precision, so that a result has the same digest in both. A word that is not the value of an
/// `f32` becomes NaN, not the nearest value.
impl Word for f32 {
    #[inline(always)]
    fn word(self) -> u64 {
        f64::from(self).word()
    }
    #[inline(always)]
    fn from_word(word: u64) -> Self {
        let next = f64::from_word(word) as f32;
        if next.word() == word { next } else { f32::NAN }
    }
}

/// The output of a workload, as a sequence of words.
pub trait Output: Send + Sync {
    /// How many words.
    fn len(&self) -> usize;
    /// Word `i`.
    fn word(&self, i: usize) -> u64;
    /// Replaces word `i`; only the controls use it, to make a wrong output from a right one.
    fn set_word(&mut self, i: usize, word: u64);
    /// Overwrites every word with poison, so that a technique that does nothing cannot pass with
    /// the result of the run before.
    fn spoil(&mut self) {
        for i in 0..self.len() {
            self.set_word(i, POISON);
        }
    }
    /// The part of the digest for the words of `range`. An output that keeps its words in a slice overrides this,
    /// because a loop over a slice can be vectorised, and a call for each word cannot.
    fn partial_digest(&self, range: Range<usize>) -> u64 {
        range.map(|i| mix(self.word(i) ^ mix(i as u64))).fold(0, u64::wrapping_add)
    }
    /// Further metrics of the output, by name: hit ratios, lateness, percentiles.
    fn metrics(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
    /// True if there are no words.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The poison that [`Output::spoil`] writes: never an answer of a workload, and a NaN as a float.
pub const POISON: u64 = 0xFFFD_EAD0_DEAD_DEAD;

impl Output for u64 {
    fn len(&self) -> usize {
        1
    }
    fn word(&self, _: usize) -> u64 {
        *self
    }
    fn set_word(&mut self, _: usize, word: u64) {
        *self = word;
    }
}

/// The digest of an output.
///
/// ```
/// use parallax_pattern::random::mix;
/// use parallax_suite::digest::digest;
/// assert_eq!(digest(&7u64), mix(7 ^ mix(0)));
/// ```
pub fn digest(output: &impl Output) -> u64 {
    fast::in_parts(output.len(), |range| output.partial_digest(range))
}
