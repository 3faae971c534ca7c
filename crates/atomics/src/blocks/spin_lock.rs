//! A lock that spins: one byte says whether a thread is inside, and the nearest thread gets in next.

#![expect(unsafe_code, reason = "an atomic, not a type, ensures that one thread at a time is inside")]

use super::backoff::Backoff;
use super::lock::{Lock, RawLock};
use super::primitive::AtomicBool;
use super::primitive::Ordering::{Acquire, Relaxed, Release};

/// A test-and-test-and-set lock: one byte, the fastest when uncontended, and without regard to which thread came first.
///
/// Waiters *read* until the lock looks free and only then try to take it, so while it is held they spin on a copy in
/// their own cache. Each release invalidates all these copies, and all waiters rush for the lock: traffic grows with
/// the waiters, which the growing wait of [`Backoff`] dampens. The thread that released it is the likeliest to get it
/// again, since the line is still in its cache: that is unfair, and gives a high throughput. (Rudolph and Segall, 1984;
/// Anderson, 1990.)
///
/// A holder that is descheduled stops all others. Use `std::sync::Mutex` unless the critical section is a few dozen
/// instructions and threads do not outnumber cores; it too spins before it sleeps.
///
/// ```
/// use parallax_atomics::blocks::spin_lock::SpinLock;
///
/// let total = SpinLock::new(0);
/// std::thread::scope(|threads| {
///     for _ in 0..2 {
///         threads.spawn(|| (0..1000).for_each(|_| *total.lock() += 1));
///     }
/// });
/// assert_eq!(total.into_inner(), 2000);
/// ```
pub type SpinLock<T> = Lock<TestAndSet, T>;

/// The flag of a [`SpinLock`], which is set while a thread is inside.
#[derive(Debug, Default)]
pub struct TestAndSet {
    held: AtomicBool,
}

// SAFETY: only one exchange finds `false` before the next `release` puts it back.
unsafe impl RawLock for TestAndSet {
    #[inline]
    fn acquire(&self) {
        let mut backoff = Backoff::new();
        // Acquire pairs with the Release in `release`: we see what the last holder wrote.
        while self.held.compare_exchange_weak(false, true, Acquire, Relaxed).is_err() {
            // Relaxed: this only says when it is worth trying again.
            while self.held.load(Relaxed) {
                backoff.wait();
            }
        }
    }

    #[inline]
    fn try_acquire(&self) -> bool {
        // Acquire pairs with the Release in `release`. Looking first keeps failed tries from taking the line
        // away.
        !self.held.load(Relaxed) && self.held.compare_exchange(false, true, Acquire, Relaxed).is_ok()
    }

    // SAFETY: sound to implement so: the caller is inside, so no other thread releases meanwhile.
    #[inline]
    unsafe fn release(&self) {
        // Release pairs with the Acquire in `acquire` and `try_acquire`: the next holder sees what we wrote.
        self.held.store(false, Release);
    }
}

#[cfg(test)]
mod tests {
    use super::super::lock::tests::{refuses_while_held_and_survives_a_panic, two_threads_count};
    use super::super::primitive::{atomicity, model};
    use super::TestAndSet;

    #[test]
    fn it_loses_no_count() {
        model(|| two_threads_count(TestAndSet::default()));
    }

    #[test]
    fn it_refuses_while_held_and_survives_a_panic() {
        atomicity(refuses_while_held_and_survives_a_panic::<TestAndSet>);
    }
}
