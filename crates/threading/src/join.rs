//! The end of a scope: wait for each thread, pass its panic on, merge what it gathered.

use std::{panic, thread::ScopedJoinHandle};

/// What the threads return, in their order.
///
/// # Panics
///
/// With a thread's own panic, if one did.
pub(crate) fn all<A>(threads: Vec<ScopedJoinHandle<A>>) -> Vec<A> {
    let result = |thread: ScopedJoinHandle<A>| match thread.join() {
        Ok(acc) => acc,
        Err(payload) => panic::resume_unwind(payload),
    };
    threads.into_iter().map(result).collect()
}

/// Merges what threads gathered; `empty` if there were none. Merging here and not under a lock in the
/// threads keeps the hot part free of shared state; there are only as many results as threads.
pub(crate) fn merged<A>(empty: A, accs: Vec<A>, merge: impl Fn(&mut A, A)) -> A {
    let together = |mut left, right| {
        merge(&mut left, right);
        left
    };
    accs.into_iter().reduce(together).unwrap_or(empty)
}
