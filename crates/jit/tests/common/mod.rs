//! Helpers of the tests: seeded numbers, the expressions of the suite, and arithmetic with more bits.

#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) use parallax_pattern::random::at;
use rustix::time::{ClockId, clock_gettime};

pub(crate) mod exact;
pub(crate) mod random;
pub(crate) mod suite;

/// A number from 0 to 1.
pub(crate) fn unit(seed: u64, i: u64) -> f64 {
    (at(seed, i) >> 11) as f64 / (1u64 << 53) as f64
}

/// Processor time of this thread, in seconds, so that other programs do not count.
#[expect(clippy::disallowed_methods, reason = "CPU time of one thread, to see how it grows with the input")]
pub(crate) fn seconds(run: impl FnOnce()) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
    };
    let start = now();
    run();
    now() - start
}

/// Equal bits, or both NaN.
pub(crate) fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}
