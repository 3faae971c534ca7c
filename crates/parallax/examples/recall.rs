//! Recalling: requests for values of an expensive function, many of them repeated.
//!
//! Replace `Divisors` with your own work: the number of requests (`len`), the key of each (`key`), its value
//! (`compute`), and how many values a cache may hold (`capacity`). Caches of every kind then answer them.

use parallax::prelude::*;

/// Requests for the sum of a number's divisors.
struct Divisors {
    requests: usize,
}

impl Recall for Divisors {
    fn len(&self) -> usize {
        self.requests
    }

    /// Few numbers are requested often, many now and then.
    fn key(&self, i: usize) -> u64 {
        let drawn = (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        10_000 + drawn % [50, 5_000][i % 2]
    }

    /// The kernel: a value that is worth caching. The same key always has the same value.
    fn compute(&self, number: u64) -> u64 {
        (1..=number).filter(|divisor| number.is_multiple_of(*divisor)).sum()
    }

    fn capacity(&self) -> usize {
        1_000
    }
}

fn main() -> ExitCode {
    // The check compares the sum of all answers.
    parallax::bench("recall-example", || Divisors { requests: 2_000 }).main()
}
