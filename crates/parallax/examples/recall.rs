//! Recalling: requests for values of a costly function, many of which were asked for before.
//!
//! Replace `Divisors` by your own work: how many requests there are, what each asks for (`key`), what that costs
//! (`compute`), and how many values may be remembered at once (`capacity`). Caches of every kind then answer them.

use parallax::prelude::*;

/// The sum of a number's divisors, asked for again and again.
struct Divisors {
    requests: usize,
}

impl Recall for Divisors {
    fn len(&self) -> usize {
        self.requests
    }

    /// Few numbers are asked for often, many now and then.
    fn key(&self, i: usize) -> u64 {
        let drawn = (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        10_000 + drawn % [50, 5_000][i % 2]
    }

    /// The kernel: what is worth remembering. The same key always gives the same value.
    fn compute(&self, number: u64) -> u64 {
        (1..=number).filter(|divisor| number.is_multiple_of(*divisor)).sum()
    }

    fn capacity(&self) -> usize {
        1_000
    }
}

fn main() -> ExitCode {
    // What is checked is the sum of all answers.
    parallax::bench("recall-example", || Divisors { requests: 2_000 }).main()
}
