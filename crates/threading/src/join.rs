//! The end of a scoped reduction: wait for each thread, pass its panic on, merge what it gathered.

use parallax_suite::pattern::Reduce;
use std::{panic, thread::ScopedJoinHandle};

/// Merges what the threads return. Merging here and not under a lock in the threads keeps the hot
/// part free of shared state; there are only as many results as threads.
///
/// # Panics
///
/// With a thread's own panic, if one did.
pub(crate) fn merge<R: Reduce>(work: &R, threads: Vec<ScopedJoinHandle<R::Acc>>) -> R::Acc {
    let result = |thread: ScopedJoinHandle<R::Acc>| match thread.join() {
        Ok(acc) => acc,
        Err(payload) => panic::resume_unwind(payload),
    };
    let together = |mut left, right| {
        work.merge(&mut left, right);
        left
    };
    threads.into_iter().map(result).reduce(together).unwrap_or_else(|| work.empty())
}
