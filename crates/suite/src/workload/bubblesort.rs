//! Bubble sort, loop-carried scalar code: each comparison waits for the one before, so only a compiler can help.
//!
//! ```text
//! for end in n, n - 1, ..., 2, until a pass swaps nothing:
//!     for i in 1, ..., end - 1:
//!         swap values[i - 1] and values[i] if the first is larger
//! ```
//!
//! The textbook bubble sort with a flag (Knuth, *The Art of Computer Programming* 3, 5.2.2): a pass
//! ends where the last one put its largest value, and a pass without an exchange is the last. It
//! is here for its dependency chain, not as a way to sort. Odd-even transposition breaks the chain,
//! but it is another algorithm, which makes other comparisons and says so ([`Sorted::comparisons`]).
//!
//! The chain is within one pass. The next pass may follow two places behind it, so passes can be
//! interleaved with exactly the same comparisons, and even be lanes of a vector: one comparison a
//! cycle is not the limit. What remains is a minimum and a maximum for each comparison.

use super::{Evenness, Facts, Params, Size, Workload, known, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::digest::{Output, POISON, Word, digest};
use parallax_pattern::random::{at, seed};

/// Values to sort, a few of them equal.
pub struct Bubblesort {
    params: Params,
    values: Buffer<i64>,
}

/// A copy of the values in ascending order, and the numbers of comparisons and swaps.
#[derive(Debug, Clone)]
pub struct Sorted {
    /// The values.
    pub values: Buffer<i64>,
    /// How often two values were compared; `None` for another algorithm, which has another number.
    pub comparisons: Option<u64>,
    /// How often two neighbours were swapped. Every algorithm that swaps neighbours only if they are
    /// out of order makes the same number: that of inversions.
    pub swaps: u64,
}

const fn count(size: Size) -> usize {
    size.of([100, 2000, 5000, 20_000, 100_000])
}

impl Bubblesort {
    /// The unsorted values.
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// Sorts a fresh copy in `out`.
    ///
    /// It takes time in O(n²) and no extra space.
    ///
    /// ```
    /// use parallax_suite::{Params, Size, Workload, workload::Bubblesort};
    /// let work = Bubblesort::make(Params::of(Size::Tiny));
    /// let mut out = work.output();
    /// work.sort(&mut out);
    /// assert!(out.values.is_sorted());
    /// assert_eq!((out.comparisons, out.swaps), (Some(4884), 2587));
    /// ```
    pub fn sort(&self, out: &mut Sorted) {
        out.values.copy_from_slice(&self.values);
        let values = &mut out.values[..];
        let (mut comparisons, mut swaps) = (0, 0);
        for end in (2..=values.len()).rev() {
            let before = swaps;
            for i in 1..end {
                if values[i - 1] > values[i] {
                    values.swap(i - 1, i);
                    swaps += 1;
                }
            }
            comparisons += end as u64 - 1;
            if swaps == before {
                break;
            }
        }
        (out.comparisons, out.swaps) = (Some(comparisons), swaps);
    }

    /// How many comparisons the algorithm makes, without running it: a pass moves each value that has
    /// a larger one before it down by one place, so the value with the longest way decides.
    fn comparisons(&self) -> u64 {
        let n = self.values.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&i| self.values[i]);
        let furthest = order.iter().enumerate().map(|(place, &from)| from.saturating_sub(place)).max();
        let passes = furthest.map_or(0, |steps| (steps + 1).min(n - 1));
        (0..passes).map(|pass| (n - 1 - pass) as u64).sum()
    }
}

/// The words are the values, then the comparisons, then the swaps.
impl Output for Sorted {
    fn len(&self) -> usize {
        self.values.len() + 2
    }
    fn word(&self, i: usize) -> u64 {
        match i.checked_sub(self.values.len()) {
            None => self.values[i].word(),
            Some(0) => self.comparisons.unwrap_or(POISON),
            Some(_) => self.swaps,
        }
    }
    fn set_word(&mut self, i: usize, word: u64) {
        match i.checked_sub(self.values.len()) {
            None => self.values[i] = i64::from_word(word),
            Some(0) => self.comparisons = Some(word),
            Some(_) => self.swaps = word,
        }
    }
    fn metrics(&self) -> Vec<(&'static str, f64)> {
        let comparisons = self.comparisons.map(|comparisons| ("comparisons", comparisons as f64));
        comparisons.into_iter().chain([("swaps", self.swaps as f64)]).collect()
    }
}

/// Digests of values, comparisons and swaps, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0xb0a5ef1e15d5a6f0, 0xbb6f1a137c318878, 0xef01685bc64d0fbf, 0xe73978ffa0217429]),
    (0, Size::Small, [0x5c33cfb09fdd1c1d, 0xd8e60f624302c556, 0xb48f0e1b51c1813b, 0xb04454391263ec95]),
    (0, Size::Headline, [0x4b6cb4dac9959558, 0x45379a64e17c24ce, 0x96b0ac6b0f9382a5, 0x7a7966d9d6315c8a]),
    (0, Size::Medium, [0x8f8e195d92cee3df, 0xed8f74177637cbd5, 0x5073438953364307, 0xde80362773f615f0]),
];

impl Workload for Bubblesort {
    const NAME: &'static str = "bubblesort";
    const NUMBER: u16 = 6;
    const SHOWS: &'static str = "loop-carried scalar code: what a compiler alone gives";
    const PATTERN: &'static str = "scalar";
    const HEADLINE: &'static [&'static str] = &["c", "interleaved", "portable"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Sorted;

    fn make(params: Params) -> Self {
        let (n, seed) = (count(params.size), seed(Self::NUMBER, params.variant));
        Bubblesort { params, values: Buffer::from_fn(n, |i| (at(seed, i as u64) % n as u64) as i64) }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        2 * 8 * count(params.size) as u64
    }
    fn facts(&self) -> Facts {
        Facts {
            items: self.comparisons() as f64,
            unit: "comparisons".into(),
            bytes: 0.0, // all of it stays in a cache
            flops: 0.0,
            evenness: Evenness::Even,
            // A minimum and a maximum for each comparison, in lanes that are passes. No processor makes more of these than
            // it makes additions and products of floats at its peak.
            limits: vec![Bound::of(Rate::Fma, 2.0 * self.comparisons() as f64)],
            spread: None,
        }
    }
    fn output(&self) -> Sorted {
        Sorted { values: Buffer::new(self.values.len()), comparisons: None, swaps: 0 }
    }
    /// By a merge sort that counts inversions.
    fn reference(&self, out: &mut Sorted) {
        out.values.copy_from_slice(&self.values);
        out.swaps = inversions(&mut out.values, &mut vec![0; self.values.len()]);
        out.comparisons = Some(self.comparisons());
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
    /// Comparisons that are not reported count as right: another algorithm has the same digest.
    fn digest(&self, out: &Sorted) -> u64 {
        match out.comparisons {
            Some(_) => digest(out),
            None => digest(&Sorted { comparisons: Some(self.comparisons()), ..out.clone() }),
        }
    }
}

sent_as_params!(Bubblesort);

/// Sorts `values` and counts the pairs that were in the wrong order.
fn inversions(values: &mut [i64], merged: &mut [i64]) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let middle = values.len() / 2;
    let mut count = inversions(&mut values[..middle], merged) + inversions(&mut values[middle..], merged);
    let (mut left, mut right) = (0, middle);
    for place in &mut merged[..values.len()] {
        if right == values.len() || left < middle && values[left] <= values[right] {
            *place = values[left];
            left += 1;
        } else {
            *place = values[right];
            right += 1;
            count += (middle - left) as u64; // all that is left of the left half is larger
        }
    }
    values.copy_from_slice(&merged[..values.len()]);
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PUBLISHED: [(Size, u64, u64); 4] = [
        (Size::Tiny, 4884, 2587),
        (Size::Small, 1998370, 1027989),
        (Size::Headline, 12492144, 6224180),
        (Size::Medium, 199979122, 100389708),
    ];

    fn solved(size: Size) -> (Bubblesort, Sorted) {
        let work = Bubblesort::make(Params::of(size));
        let mut out = work.output();
        work.sort(&mut out);
        (work, out)
    }

    #[test]
    fn the_counts_are_the_published_ones() {
        for (size, comparisons, swaps) in PUBLISHED {
            let work = Bubblesort::make(Params::of(size));
            let mut out = work.output();
            work.reference(&mut out);
            assert_eq!((out.comparisons, out.swaps), (Some(comparisons), swaps), "{size}");
            assert!(out.values.is_sorted());
        }
    }

    #[test]
    fn the_kernel_makes_the_published_steps() {
        for (size, comparisons, swaps) in &PUBLISHED[..3] {
            let (work, out) = solved(*size);
            assert_eq!((out.comparisons, out.swaps), (Some(*comparisons), *swaps), "{size}");
            assert_eq!(work.check(&out, work.expected()), Ok(()));
        }
    }

    #[test]
    fn passes_without_the_flag_are_rejected() {
        let (work, mut out) = solved(Size::Tiny);
        out.comparisons = Some(100 * 99 / 2);
        assert!(work.check(&out, work.expected()).is_err());
    }

    #[test]
    fn another_algorithm_may_keep_its_comparisons_to_itself_but_nothing_else() {
        let (work, mut out) = solved(Size::Tiny);
        let (expected, named) = (work.expected(), work.digest(&out));
        out.comparisons = None;
        assert_eq!((work.check(&out, expected), work.digest(&out)), (Ok(()), named));
        out.swaps -= 1;
        assert!(work.check(&out, expected).is_err(), "a swap too few");
        out.swaps += 1;
        out.values[7] += 1;
        assert!(work.check(&out, expected).is_err(), "another value");
    }

    /// Two passes interleaved: the second follows two places behind the first, where nothing moves any more.
    fn interleaved(work: &Bubblesort, out: &mut Sorted) {
        out.values.copy_from_slice(&work.values);
        let (mut comparisons, mut swaps, mut end) = (0, 0, out.values.len());
        let mut exchange = |values: &mut [i64], i: usize| {
            let wrong = values[i - 1] > values[i];
            if wrong {
                values.swap(i - 1, i);
                swaps += 1;
            }
            wrong
        };
        while end >= 2 {
            let mut moved = [false; 2];
            for i in 1..=end {
                if i < end {
                    moved[0] |= exchange(&mut out.values, i);
                }
                if i > 2 {
                    moved[1] |= exchange(&mut out.values, i - 2);
                }
            }
            // If the first pass swapped nothing, the textbook makes no second one.
            comparisons += end - 1 + if moved[0] { end - 2 } else { 0 };
            if moved != [true; 2] {
                break;
            }
            end -= 2;
        }
        (out.comparisons, out.swaps) = (Some(comparisons as u64), swaps);
    }

    #[test]
    fn falling_order_is_rejected() {
        let (work, mut out) = solved(Size::Tiny);
        out.values.reverse();
        assert!(work.check(&out, work.expected()).is_err());
    }

    proptest! {
        #[test]
        fn kernel_reference_and_interleaved_passes_agree_on_any_values(values in prop::collection::vec(-9i64..9, 0..40)) {
            let values = Buffer::from_fn(values.len(), |i| values[i]);
            let work = Bubblesort { params: Params::of(Size::Tiny), values };
            let (mut out, mut right) = (work.output(), work.output());
            work.reference(&mut right);
            for sort in [Bubblesort::sort, interleaved] {
                sort(&work, &mut out);
                prop_assert_eq!(&out.values[..], &right.values[..]);
                prop_assert_eq!((out.comparisons, out.swaps), (right.comparisons, right.swaps));
            }
        }
    }
}
