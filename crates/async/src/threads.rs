//! Whether threads are to be had: tokio panics or waits for ever where it gets only some, so it is tried before.

use parallax_suite::question::{Answer, No};
use std::io;
use std::sync::{PoisonError, RwLock};
use std::thread::{self, JoinHandle};

/// Starts as many threads as a technique is going to start, all at once, and ends them.
pub(crate) fn available(count: usize) -> Answer<()> {
    let gate = RwLock::new(());
    thread::scope(|scope| {
        let _closed = gate.write().unwrap_or_else(PoisonError::into_inner); // until all of them are there
        for started in 0..count {
            let wait = || drop(gate.read());
            let thread = thread::Builder::new().spawn_scoped(scope, wait);
            thread.map_err(|error| refused(started, count, &error))?;
        }
        Ok(())
    })
}

/// What is said where only some of the threads could be started.
pub(crate) fn refused(started: usize, count: usize, error: &io::Error) -> No {
    No::Unavailable(format!(
        "only {started} of {count} threads could be started ({error}): fewer --workers, or raise ulimit -u"
    ))
}

/// Waits until threads have ended, but for the calling one if it is among them: a task may be the last that
/// holds what runs it.
pub(crate) fn join_others(threads: impl Iterator<Item = JoinHandle<()>>) {
    let others = threads.filter(|thread| thread.thread().id() != thread::current().id());
    others.for_each(|thread| drop(thread.join()));
}
