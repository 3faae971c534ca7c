//! Threads of the techniques' own: tried before, since tokio panics or waits for ever where it gets only some.

pub(crate) use parallax_pattern::team::{available, few as refused};
use std::thread::{self, JoinHandle};

/// Waits until threads have ended, but for the calling one if it is among them: a task may be the last that
/// holds what runs it.
pub(crate) fn join_others(threads: impl Iterator<Item = JoinHandle<()>>) {
    let others = threads.filter(|thread| thread.thread().id() != thread::current().id());
    others.for_each(|thread| drop(thread.join()));
}
