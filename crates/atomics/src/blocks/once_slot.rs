//! Publication: write a value, raise a flag with Release; a thread that sees the flag with Acquire sees the value.

#![expect(unsafe_code, reason = "a flag says whether the value is there, and no type can express that")]

use super::backoff::Backoff;
use super::primitive::Ordering::{Acquire, Relaxed, Release};
use super::primitive::{AtomicU8, UnsafeCell};
use std::fmt;
use std::mem::MaybeUninit;

/// A value that is written once and from then on read by any thread.
///
/// The smallest example of what Release and Acquire are for; a reader pays a plain load. Use `std::sync::OnceLock` in
/// programs: it also sleeps, and computes the value at the first need.
///
/// ```
/// use parallax_atomics::blocks::once_slot::OnceSlot;
///
/// let slot = OnceSlot::new();
/// std::thread::scope(|threads| {
///     threads.spawn(|| slot.set(String::from("ready")));
///     assert_eq!(slot.wait(), "ready");
/// });
/// assert_eq!(slot.set(String::from("again")), Err(String::from("again")));
/// ```
pub struct OnceSlot<T> {
    state: AtomicU8,
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> OnceSlot<T> {
    /// A slot without a value.
    #[must_use]
    pub fn new() -> Self {
        Self { state: AtomicU8::new(EMPTY), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Publishes the value.
    ///
    /// # Errors
    ///
    /// The value itself, when another one has been published or is about to be.
    pub fn set(&self, value: T) -> Result<(), T> {
        // Relaxed: the claim carries no data, it only has to be ours alone.
        if self.state.compare_exchange(EMPTY, CLAIMED, Relaxed, Relaxed).is_err() {
            return Err(value);
        }
        // SAFETY: one thread gets past the claim, and no thread reads before the flag says so.
        self.value.with_mut(|place| unsafe { (*place).write(value) });
        // Release pairs with the Acquire in `get`: the value is written before the flag says so.
        self.state.store(READY, Release);
        Ok(())
    }

    /// The value, if it has been published.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        // Acquire pairs with the Release in `set`.
        if self.state.load(Acquire) != READY {
            return None;
        }
        // SAFETY: the value was written before the flag, and no thread writes it again.
        Some(self.value.with(|place| unsafe { (*place).assume_init_ref() }))
    }

    /// Waits for the value: spinning at first, then yielding.
    #[inline]
    pub fn wait(&self) -> &T {
        let mut backoff = Backoff::new();
        loop {
            if let Some(value) = self.get() {
                return value;
            }
            backoff.wait();
        }
    }

    /// Takes the value out and leaves the slot as new.
    pub fn take(&mut self) -> Option<T> {
        // Relaxed: `&mut self` excludes other threads.
        if self.state.load(Relaxed) != READY {
            return None;
        }
        self.state.store(EMPTY, Relaxed);
        // SAFETY: the value was there, and the flag no longer says so: it is read once.
        Some(self.value.with(|place| unsafe { (*place).assume_init_read() }))
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceSlot<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("OnceSlot").field(&self.get()).finish()
    }
}

impl<T> Default for OnceSlot<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for OnceSlot<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

// SAFETY: `set` moves the value in from any thread, which needs `Send`; `get` shares it, which needs `Sync`.
unsafe impl<T: Send + Sync> Sync for OnceSlot<T> {}

const EMPTY: u8 = 0;
const CLAIMED: u8 = 1;
const READY: u8 = 2;

#[cfg(test)]
mod tests {
    use super::super::primitive::{Arc, atomicity, model, spawn};
    use super::OnceSlot;

    #[test]
    fn who_sees_the_flag_sees_the_value() {
        model(|| {
            let slot = Arc::new(OnceSlot::new());
            let writer = spawn({
                let slot = Arc::clone(&slot);
                move || slot.set(vec![1, 2])
            });
            assert!(slot.get().is_none_or(|value| *value == [1, 2]));
            assert_eq!(*slot.wait(), [1, 2]);
            assert_eq!(writer.join().unwrap(), Ok(()));
        });
    }

    #[test]
    fn one_of_two_writers_wins_and_the_other_keeps_its_value() {
        model(|| {
            let slot = Arc::new(OnceSlot::new());
            let other = spawn({
                let slot = Arc::clone(&slot);
                move || slot.set(1)
            });
            let here = slot.set(2);
            let seen = *slot.wait();
            match (here, other.join().unwrap()) {
                (Ok(()), Err(1)) => assert_eq!(seen, 2),
                (Err(2), Ok(())) => assert_eq!(seen, 1),
                both => panic!("{both:?}"),
            }
        });
    }

    #[test]
    fn a_value_is_dropped_once_whether_taken_or_left() {
        atomicity(|| {
            let alive = Arc::new(());
            let mut slot = OnceSlot::default();
            assert!(slot.take().is_none());
            slot.set(Arc::clone(&alive)).unwrap();
            drop(slot.set(Arc::clone(&alive)));
            assert_eq!(Arc::strong_count(&alive), 2);
            drop(slot.take());
            assert_eq!(Arc::strong_count(&alive), 1);
            slot.set(Arc::clone(&alive)).unwrap();
            drop(slot);
            assert_eq!(Arc::strong_count(&alive), 1);
        });
    }
}
