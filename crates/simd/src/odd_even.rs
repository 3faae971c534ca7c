//! Odd-even transposition: another sort by neighbours, whose comparisons do not wait for one another.
//!
//! A phase compares the pairs that begin at even places, the next one those that begin at odd places. No pair
//! of a phase touches another, so all of them are lanes; after one phase for each value, all are sorted
//! (N. Haberman, 1972). Like bubble sort it exchanges neighbours only where they are out of order, so equally
//! often. It makes about twice the comparisons, and each is a minimum and a maximum.
//!
//! Values of even and of odd places are in two arrays: a pair is then one number of each, in the same place
//! or one off, so no lane has to be moved.
//!
//! ```
//! fn sort(values: &mut [i64]) {
//!     for phase in 0..values.len() {
//!         for pair in values[phase % 2..].chunks_exact_mut(2) {
//!             (pair[0], pair[1]) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
//!         }
//!     }
//! }
//! let mut values = [5, 3, 9, 1, 7];
//! sort(&mut values);
//! assert_eq!(values, [1, 3, 5, 7, 9]);
//! ```

use crate::aligned::Aligned;
use crate::best;
use crate::clones::{self, Plain};
#[cfg(feature = "worker")]
use parallax_pattern::{Answer, Card, Cores, Question, Technique, isa::Isa};
#[cfg(feature = "worker")]
use parallax_suite::{
    cell::{self, Cell},
    workload::{Bubblesort, Sorted},
};
#[cfg(feature = "worker")]
use std::sync::Arc;

/// Sorts numbers by exchanging neighbours, and returns the number of exchanges, which is the number of inversions.
///
/// It makes `n²` comparisons at most, a vector of them at a time, and a second copy of the numbers. Prefer
/// [`slice::sort`], unless you need the number of exchanges.
///
/// ```
/// let mut places = [2, 1, 4, 3, 5];
/// assert_eq!(parallax_simd::odd_even_sort(&mut places), 2);
/// assert_eq!(places, [1, 2, 3, 4, 5]);
/// ```
pub fn odd_even_sort(values: &mut [i64]) -> u64 {
    let (mut even, mut odd) = (Aligned::new(values.len().div_ceil(2)), Aligned::new(values.len() / 2));
    for (k, pair) in values.chunks(2).enumerate() {
        even[k] = pair[0];
        pair.get(1).into_iter().for_each(|value| odd[k] = *value);
    }
    let swaps = clones::run(best::isa(), Phases { even: &mut even, odd: &mut odd });
    for (k, pair) in values.chunks_mut(2).enumerate() {
        pair[0] = even[k];
        pair.get_mut(1).into_iter().for_each(|place| *place = odd[k]);
    }
    swaps
}

/// All phases over the values of even and of odd places; returns the number of swaps.
struct Phases<'a> {
    even: &'a mut [i64],
    odd: &'a mut [i64],
}

impl Plain for Phases<'_> {
    type Out = u64;
    #[inline(always)]
    fn run(self) -> u64 {
        let mut swaps = 0;
        loop {
            let mut more = exchange(self.even, self.odd);
            if let Some(after) = self.even.get_mut(1..) {
                more += exchange(self.odd, after);
            }
            swaps += more;
            if more == 0 {
                return swaps; // neither kind of pair is out of order
            }
        }
    }
}

/// Puts the smaller of each pair into `low` and the larger into `high`; returns the number of swaps.
#[inline(always)]
fn exchange(low: &mut [i64], high: &mut [i64]) -> u64 {
    let mut swaps = 0;
    for (low, high) in low.iter_mut().zip(high) {
        swaps += u64::from(*low > *high);
        (*low, *high) = ((*low).min(*high), (*low).max(*high));
    }
    swaps
}

/// A sort whose comparisons are lanes.
#[cfg(feature = "worker")]
#[derive(Debug, Clone, Copy)]
pub struct OddEven(Isa);

#[cfg(feature = "worker")]
impl Technique for OddEven {
    const CARD: Card = Card {
        name: "odd-even",
        idea: "compare all even pairs together, then all odd ones: another algorithm than bubble sort",
        gives: "lanes where bubble sort has a chain",
        costs: "twice the comparisons, and a pass over all values for each place that a value moves",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
    const ALGORITHM: &'static str = "odd-even transposition";
    fn start(_: usize) -> Answer<Self> {
        Ok(OddEven(Isa::detect()?))
    }
    fn isa(&self) -> String {
        self.0.to_string()
    }
}

#[cfg(feature = "worker")]
impl OddEven {
    /// The one cell.
    pub(crate) fn cells() -> Vec<Cell> {
        cell::cells(Question::Compute, Self::bubblesort)
    }

    /// Sorts a fresh copy in `out`. Its number of comparisons differs from bubble sort's, and is not recorded.
    fn bubblesort(&self, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()> {
        out.values.copy_from_slice(work.values());
        out.swaps = odd_even_sort(&mut out.values);
        out.comparisons = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_values_are_sorted_and_swaps_are_inversions(values in prop::collection::vec(-9..9i64, 0..40)) {
            let mut got = values.clone();
            let swaps = odd_even_sort(&mut got);
            let pairs = (0..values.len()).flat_map(|i| (0..i).map(move |j| (j, i)));
            let inversions = pairs.filter(|&(j, i)| values[j] > values[i]).count();
            let mut right = values.clone();
            right.sort();
            prop_assert_eq!(got, right);
            prop_assert_eq!(swaps, inversions as u64);
        }
    }
}
