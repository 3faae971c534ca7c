//! All that the protocol takes from the machine, so that loom can stand in for it: atomics and futexes.
//!
//! `tests/loom.rs` compiles the protocol beside a `primitive` of its own that is made of `loom`.

#[cfg(test)]
pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU32, Ordering, fence};
#[cfg(test)]
pub(crate) use std::thread::spawn;

use std::time::Duration;

use rustix::thread::futex::{self, Flags};
use rustix::time::Timespec;

/// Sleeps until woken, unless the word is not `seen` any more; also for a signal, and after the slice.
pub(crate) fn futex_wait(word: &AtomicU32, seen: u32, slice: Duration) {
    let _ = futex::wait(word, Flags::empty(), seen, Timespec::try_from(slice).ok().as_ref());
}

/// Wakes all who sleep on the word.
#[cold]
pub(crate) fn futex_wake(word: &AtomicU32) {
    // The word lies in memory of ours, so there is nothing to fail.
    let _ = futex::wake(word, Flags::empty(), i32::MAX as u32);
}

/// Tries a scenario whose outcome rests on its orderings: here with real threads, many times; under `loom` in
/// every order. Beside primitives that forget their orderings it must fail.
#[cfg(test)]
pub(crate) fn model(scenario: impl Fn() + Send + Sync + 'static) {
    for _ in 0..100 {
        scenario();
    }
}
