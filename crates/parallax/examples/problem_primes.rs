//! Counts the primes below ten million: a reduction over segments of the range.
//!
//! The textbook's sieve strikes out multiples all over one array, so no part of it is independent, and no pattern fits.
//! Segments are independent: each needs only the primes up to the square root, which are made once, before.

use parallax::prelude::*;

const SEGMENT: usize = 1 << 16;

struct Primes {
    below: usize,
    small: Vec<usize>,
}

impl Reduce for Primes {
    type Acc = usize;
    fn len(&self) -> usize {
        self.below.div_ceil(SEGMENT)
    }
    fn grain(&self) -> usize {
        1 // a segment is work enough
    }
    fn empty(&self) -> usize {
        0
    }
    fn fold(&self, count: &mut usize, segments: Range<usize>) {
        for first in segments.map(|segment| segment * SEGMENT) {
            *count += own::primes_in(first..(first + SEGMENT).min(self.below), &self.small);
        }
    }
    fn merge(&self, count: &mut usize, other: usize) {
        *count += other;
    }
}

fn main() -> ExitCode {
    let make = || Primes { below: 10_000_000, small: own::small_primes(3163) };
    parallax::bench("primes", make).expect(|&count| count == 664_579).main()
}

/// The program as it was.
mod own {
    use std::ops::Range;

    /// The primes below `end`.
    pub(super) fn small_primes(end: usize) -> Vec<usize> {
        (2..end).filter(|n| (2..).take_while(|d| d * d <= *n).all(|d| n % d != 0)).collect()
    }

    /// How many primes there are in a range, given the primes up to the square root of its end.
    pub(super) fn primes_in(range: Range<usize>, small: &[usize]) -> usize {
        let mut prime = vec![true; range.len()];
        for (n, prime) in range.clone().zip(&mut prime).take(2) {
            *prime = n > 1;
        }
        for p in small {
            let first = (p * p).max(range.start.next_multiple_of(*p));
            (first..range.end).step_by(*p).for_each(|multiple| prime[multiple - range.start] = false);
        }
        prime.into_iter().filter(|prime| *prime).count()
    }
}
