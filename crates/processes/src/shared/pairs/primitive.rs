//! The primitives under the protocol, replaceable by loom's: atomics and a fence.
//!
//! `tests/loom.rs` compiles the protocol with its own `primitive`, made of `loom`.

#[cfg(test)]
pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(test)]
pub(crate) use std::thread::spawn;

/// Runs a scenario whose outcome rests on its orderings: here with real threads, many times; under `loom` in
/// every order. With primitives that ignore their orderings it must fail.
#[cfg(test)]
pub(crate) fn model(scenario: impl Fn() + Send + Sync + 'static) {
    for _ in 0..100 {
        scenario();
    }
}
