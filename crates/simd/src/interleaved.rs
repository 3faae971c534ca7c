//! Passes of a bubble sort that follow each other through the values, on one core and without vectors.
//!
//! In a pass each comparison waits for the one before, so a core that could make several at the same time makes one.
//! The next pass may begin while this one runs, because behind it no value moves any more: the next pass takes each
//! value as soon as this one releases it. The comparisons and exchanges are those of the textbook's sort, in another
//! order.
//!
//! ```
//! /// Two passes; the values they release are stored two places before the one that the first has taken.
//! fn sweep(values: &mut [i64]) {
//!     let mut largest = [i64::MIN; 2];
//!     for taken in 0..values.len() + 2 {
//!         let mut value = values.get(taken).copied().unwrap_or(i64::MAX);
//!         for largest in &mut largest {
//!             (value, *largest) = (value.min(*largest), value.max(*largest));
//!         }
//!         if taken >= 2 {
//!             values[taken - 2] = value;
//!         }
//!     }
//! }
//! let mut values = [5, 4, 3, 2, 1];
//! sweep(&mut values);
//! assert_eq!(values, [3, 2, 1, 4, 5]);
//! ```

use crate::bubblesort::sweeps;
use parallax_pattern::{Answer, Card, Cores, Question, Technique};
use parallax_suite::cell::{self, Cell};
use parallax_suite::workload::{Bubblesort, Sorted};
use std::sync::Arc;

/// The number of passes that run together: each holds a value in a register, and a count.
const PASSES: usize = 4;

/// Sorts, and returns the numbers of comparisons and of exchanges.
fn sort(values: &mut [i64]) -> (u64, u64) {
    sweeps(values.len(), PASSES, |end| sweep(&mut values[..end]))
}

/// [`PASSES`] passes; returns the exchanges of each.
fn sweep(values: &mut [i64]) -> [u64; PASSES] {
    let (mut largest, mut swaps) = ([i64::MIN; PASSES], [0; PASSES]);
    for taken in 0..values.len() + PASSES {
        // the largest numbers come last, and push the passes' values out
        let mut value = values.get(taken).copied().unwrap_or(i64::MAX);
        for (largest, swaps) in largest.iter_mut().zip(&mut swaps) {
            *swaps += u64::from(*largest > value);
            (value, *largest) = (value.min(*largest), value.max(*largest));
        }
        if let Some(place) = taken.checked_sub(PASSES) {
            values[place] = value;
        }
    }
    swaps
}

/// The textbook's bubble sort with several passes in flight.
#[derive(Debug, Clone, Copy)]
pub struct Interleaved;

impl Technique for Interleaved {
    const CARD: Card = Card {
        name: "interleaved",
        idea: "several passes follow each other through the values, on one core and without vectors",
        gives: "independent work where a single pass is a chain: the same steps, several in flight",
        costs: "up to three passes too many at the end, over values that are in order already",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Interleaved)
    }
}

impl Interleaved {
    /// The one cell.
    pub(crate) fn cells() -> Vec<Cell> {
        cell::cells(Question::Compute, Self::bubblesort)
    }

    /// Sorts a fresh copy in `out`.
    fn bubblesort(&self, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()> {
        out.values.copy_from_slice(work.values());
        let (comparisons, swaps) = sort(&mut out.values);
        (out.comparisons, out.swaps) = (Some(comparisons), swaps);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bubblesort::tests::plainly;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_values_are_sorted_in_the_textbooks_steps(values in prop::collection::vec(-9i64..9, 0..60)) {
            let (mut got, mut right) = (values.clone(), values);
            prop_assert_eq!(sort(&mut got), plainly(&mut right));
            prop_assert_eq!(got, right);
        }
    }
}
