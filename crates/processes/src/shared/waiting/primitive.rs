//! The primitives under the protocol, replaceable by loom's: atomics and futexes.
//!
//! `tests/loom.rs` compiles the protocol with its own `primitive`, made of `loom`.

#[cfg(test)]
pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU32, Ordering, fence};
#[cfg(test)]
pub(crate) use std::thread::spawn;

use std::time::Duration;

use rustix::thread::futex::{self, Flags};
use rustix::time::Timespec;

/// Sleeps until woken, or for a slice, or until a signal; not at all if the word is no longer `seen`.
pub(crate) fn futex_wait(word: &AtomicU32, seen: u32, slice: Duration) {
    let _ = futex::wait(word, Flags::empty(), seen, Timespec::try_from(slice).ok().as_ref());
}

/// Wakes all that sleep on the word.
#[cold]
pub(crate) fn futex_wake(word: &AtomicU32) {
    // The word lies in memory of ours, so this cannot fail.
    let _ = futex::wake(word, Flags::empty(), i32::MAX as u32);
}

/// Runs a scenario whose outcome rests on its orderings: here with real threads, many times; under `loom` in
/// every order. With primitives that ignore their orderings it must fail.
#[cfg(test)]
pub(crate) fn model(scenario: impl Fn() + Send + Sync + 'static) {
    for _ in 0..100 {
        scenario();
    }
}
