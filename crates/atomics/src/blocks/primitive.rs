//! The only access to the machine: everything that the structures use from `std`, so that loom can replace it.
//!
//! `tests/loom.rs` compiles the same source files with its own `primitive`, made of `loom`.

pub(crate) use crossbeam::utils::CachePadded;
pub(crate) use std::hint::spin_loop;
pub(crate) use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
pub(crate) use std::sync::{Arc, Condvar, Mutex};
#[cfg(test)]
pub(crate) use std::thread::spawn;
pub(crate) use std::thread::yield_now;

/// How often a wait doubles its spin before it yields. Once is enough for a model checker: there a spin is a yield.
pub(crate) const SPIN_DOUBLINGS: u32 = 7;

/// `std::cell::UnsafeCell` in the form that `loom` can watch: an access has a beginning and an end.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }

    #[inline(always)]
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Runs a scenario that depends on its orderings: here with real threads, many times; under `loom` in every order. With
/// primitives that ignore their orderings it must fail.
#[cfg(test)]
pub(crate) fn model(scenario: impl Fn() + Send + Sync + 'static) {
    atomicity(scenario);
}

/// Runs a scenario that works under any orderings: one thread alone, or only atomicity.
#[cfg(test)]
pub(crate) fn atomicity(scenario: impl Fn() + Send + Sync + 'static) {
    for _ in 0..100 {
        scenario();
    }
}
