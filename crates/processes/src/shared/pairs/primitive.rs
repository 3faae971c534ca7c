//! All that the protocol takes from the machine, so that loom can stand in for it: atomics and a fence.
//!
//! `tests/loom.rs` compiles the protocol beside a `primitive` of its own that is made of `loom`.

#[cfg(test)]
pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(test)]
pub(crate) use std::thread::spawn;

/// Tries a scenario whose outcome rests on its orderings: here with real threads, many times; under `loom` in
/// every order. Beside primitives that forget their orderings it must fail.
#[cfg(test)]
pub(crate) fn model(scenario: impl Fn() + Send + Sync + 'static) {
    for _ in 0..100 {
        scenario();
    }
}
