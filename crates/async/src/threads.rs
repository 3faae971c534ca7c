//! Checks that threads can be started before a runtime needs them: tokio panics or waits forever if it gets only some.

pub(crate) use parallax_pattern::team::{available, few as refused};
use std::thread::{self, JoinHandle};

/// Waits until threads have ended, except the calling one if it is among them: a task may be the last owner of its
/// runtime.
pub(crate) fn join_others(threads: impl Iterator<Item = JoinHandle<()>>) {
    let others = threads.filter(|thread| thread.thread().id() != thread::current().id());
    others.for_each(|thread| drop(thread.join()));
}
