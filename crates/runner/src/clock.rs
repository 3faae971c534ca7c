//! The only module that reads the clock: monotonic, the same in every process of the machine.

#![expect(clippy::disallowed_methods, reason = "all other code must read the clock here")]

use nix::time::{ClockId, clock_gettime};
use std::time::Instant;

/// Nanoseconds on the machine's monotonic clock; comparable between processes.
pub fn now_ns() -> u64 {
    read_ns(ClockId::CLOCK_MONOTONIC)
}

/// CPU time of the calling thread.
pub(crate) fn thread_cpu_ns() -> u64 {
    read_ns(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

/// CPU time of all threads of this process, ended ones included.
pub(crate) fn process_cpu_ns() -> u64 {
    read_ns(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

/// Runs `work` and returns its result with the wall time it took, in nanoseconds.
pub fn time<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let start = Instant::now();
    let result = work();
    (result, u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX))
}

fn read_ns(clock: ClockId) -> u64 {
    clock_gettime(clock)
        .map_or(0, |t| u64::try_from(t.tv_sec()).unwrap_or(0) * 1_000_000_000 + t.tv_nsec() as u64)
}
