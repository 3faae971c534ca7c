//! Waits: many at the same time, each followed by a little work, as in clients of slow servers.
//!
//! Replace `Requests` with your own work: the number of waits (`len`), how many may overlap (`limit`), how long each is
//! (`begin`), and the work after it (`end`).

use parallax::prelude::*;
use std::time::Duration;

/// Requests to a server that takes a millisecond or two, of which it answers some hundred at a time.
struct Requests {
    count: usize,
}

impl Wait for Requests {
    fn len(&self) -> usize {
        self.count
    }

    fn limit(&self) -> usize {
        100
    }

    /// Begins wait `i`, and returns how long it takes.
    fn begin(&self, i: usize) -> Duration {
        Duration::from_micros(1_000 + 100 * (i as u64 % 10))
    }

    /// The kernel: the work with the answer. It computes, and does not wait.
    fn end(&self, i: usize) -> u64 {
        (0..10_000).fold(i as u64, |sum, turn| sum.wrapping_mul(31).wrapping_add(turn))
    }
}

fn main() -> ExitCode {
    parallax::bench("wait-example", || Requests { count: 200 }).main()
}
