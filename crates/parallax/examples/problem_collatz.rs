//! The start below a million with the longest Collatz chain: a reduction to a maximum.
//!
//! The accumulator is the best so far, and `merge` takes the better of two. Among equally long chains the smallest
//! start counts, so that every grouping has the same result. A cache of chain lengths that all starts share fits no
//! pattern: a length is computed from another one, which may not exist yet. Without the cache the starts are
//! independent.

use parallax::prelude::*;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

#[derive(Serialize, Deserialize)]
struct Longest {
    below: u64,
}

impl Reduce for Longest {
    type Acc = (u32, Reverse<u64>); // how many terms, and from which start
    fn len(&self) -> usize {
        self.below as usize
    }
    fn empty(&self) -> Self::Acc {
        (0, Reverse(0))
    }
    fn fold(&self, best: &mut Self::Acc, starts: Range<usize>) {
        for start in starts.start as u64..starts.end as u64 {
            *best = (own::terms(start), Reverse(start)).max(*best);
        }
    }
    fn merge(&self, best: &mut Self::Acc, other: Self::Acc) {
        *best = other.max(*best);
    }
}

fn main() -> ExitCode {
    parallax::bench("collatz", || Longest { below: 1_000_000 })
        .expect(|&best| best == (525, Reverse(837_799)))
        .processes()
        .main()
}

/// The program as it was.
mod own {
    /// How many terms the chain from `start` to 1 has.
    pub(super) fn terms(start: u64) -> u32 {
        let (mut number, mut terms) = (start.max(1), 1);
        while number != 1 {
            number = if number.is_multiple_of(2) { number / 2 } else { 3 * number + 1 };
            terms += 1;
        }
        terms
    }
}
