//! Waiting without a lock: spin while the answer is likely near, then yield the core to other threads.

use super::primitive::{SPIN_DOUBLINGS, spin_loop, yield_now};

/// A wait that grows: 1, 2, 4, … 64 pauses, then a yield each time.
///
/// Like `crossbeam::utils::Backoff::snooze`. Spinning helps when the other thread is running on another core and
/// answers within a microsecond or so; yielding helps when there are more threads than cores and the other thread needs
/// this one to run at all. Spinning alone would then burn a whole time slice per wait.
///
/// ```
/// use parallax_atomics::blocks::backoff::Backoff;
/// use std::sync::atomic::{AtomicBool, Ordering::{Acquire, Release}};
///
/// let ready = AtomicBool::new(false);
/// std::thread::scope(|threads| {
///     threads.spawn(|| ready.store(true, Release));
///     let mut backoff = Backoff::new();
///     while !ready.load(Acquire) {
///         backoff.wait();
///     }
/// });
/// ```
#[derive(Debug, Default)]
pub struct Backoff {
    doublings: u32,
}

impl Backoff {
    /// A wait that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits a little longer than the last time, and yields once spinning has lasted long enough.
    #[inline]
    pub fn wait(&mut self) {
        if self.doublings >= SPIN_DOUBLINGS {
            yield_now();
            return;
        }
        for _ in 0..1u32 << self.doublings {
            spin_loop();
        }
        self.doublings += 1;
    }

    /// Whether the next [`wait`](Self::wait) yields: from then on a caller that can sleep should do so.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.doublings >= SPIN_DOUBLINGS
    }

    /// Begins again, after something has happened.
    #[inline]
    pub fn reset(&mut self) {
        self.doublings = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::primitive::{Arc, AtomicBool, Ordering::Relaxed, SPIN_DOUBLINGS, atomicity, spawn};
    use super::Backoff;

    #[test]
    fn a_spent_wait_lets_the_other_thread_run() {
        atomicity(|| {
            let set = Arc::new(AtomicBool::new(false));
            let setter = spawn({
                let set = Arc::clone(&set);
                move || set.store(true, Relaxed)
            });
            let mut backoff = Backoff::new();
            while !set.load(Relaxed) {
                backoff.wait();
            }
            setter.join().unwrap();
        });
    }

    #[test]
    fn waiting_is_spent_after_the_doublings_and_a_reset_begins_again() {
        atomicity(|| {
            let mut backoff = Backoff::new();
            for _ in 0..SPIN_DOUBLINGS {
                assert!(!backoff.is_spent());
                backoff.wait();
            }
            assert!(backoff.is_spent());
            backoff.reset();
            assert_eq!(backoff.is_spent(), SPIN_DOUBLINGS == 0);
        });
    }
}
