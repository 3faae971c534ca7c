//! The end of a scope: wait for each thread, pass its panic on, merge its accumulator.

use std::panic::resume_unwind;
use std::thread::{Result, ScopedJoinHandle};

/// The results of the threads, in their order.
///
/// # Panics
///
/// With a thread's own panic, if one did.
pub(crate) fn all<A>(threads: Vec<ScopedJoinHandle<A>>) -> Vec<A> {
    threads.into_iter().map(|thread| passed_on(thread.join())).collect()
}

/// The result of a thread or a job; its panic goes on here.
pub(crate) fn passed_on<T>(result: Result<T>) -> T {
    result.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Merges the threads' accumulators; `empty` if there were none. Merging here and not under a lock in the threads keeps
/// the hot part free of shared state; there are only as many results as threads.
pub(crate) fn merged<A>(empty: A, accs: Vec<A>, merge: impl Fn(&mut A, A)) -> A {
    let together = |mut left, right| {
        merge(&mut left, right);
        left
    };
    accs.into_iter().reduce(together).unwrap_or(empty)
}
