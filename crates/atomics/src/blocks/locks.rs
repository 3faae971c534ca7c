//! Two locks that spin: one lets whoever is nearest in, the other keeps a queue, and fairness has its price.

#![expect(unsafe_code, reason = "a lock hands out `&mut` on the word of an atomic")]

use super::backoff::Backoff;
use super::primitive::Ordering::{Acquire, Relaxed, Release};
use super::primitive::{AtomicBool, AtomicU32, UnsafeCell};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A test-and-test-and-set lock: one byte, the fastest when nobody else wants it, and blind to who came
/// first.
///
/// Waiters *read* until the lock looks free and only then try to take it, so while it is held they spin on a
/// copy in their own cache. Each release takes that copy from all of them, and all rush for the lock: traffic
/// grows with the waiters, which the growing wait of [`Backoff`] dampens. The thread that released is the
/// likeliest to get it again, since the line is still its own: unfair, and for that very reason high in
/// throughput. (Rudolph and Segall, 1984; Anderson, 1990.)
///
/// A holder that is descheduled stops everybody. Use `std::sync::Mutex` unless the critical section is a few
/// dozen instructions and threads do not outnumber cores; it too spins before it sleeps.
///
/// ```
/// use parallax_atomics::blocks::locks::SpinLock;
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

/// A ticket lock: eight bytes, first come, first served.
///
/// Taking a ticket is one addition and cannot fail, so no thread starves and none rushes in vain. All waiters
/// still watch one word, so a release costs each of them a miss; an MCS lock gives each its own word to watch
/// and is the next step on many cores. The order is also its weakness: the next in line must be *running* to
/// take its turn, so with more threads than cores every hand-over may wait for the scheduler, where
/// [`SpinLock`] lets any running thread in. (Mellor-Crummey and Scott, 1991.)
///
/// ```
/// use parallax_atomics::blocks::locks::TicketLock;
///
/// let lock = TicketLock::new(String::from("a"));
/// let mut guard = lock.lock();
/// guard.push('b');
/// assert!(lock.try_lock().is_none());
/// drop(guard);
/// assert_eq!(*lock.lock(), "ab");
/// ```
pub type TicketLock<T> = Lock<Ticket, T>;

/// A value that one thread at a time may touch; `R` decides who is next.
///
/// The lock is not padded, so that a small value shares its line and comes along with it. An array of locks
/// that different threads take wants each in a `CachePadded`. A panic under the guard releases the lock and
/// does not poison it.
pub struct Lock<R, T> {
    raw: R,
    value: UnsafeCell<T>,
}

impl<R: RawLock, T> Lock<R, T> {
    /// An unlocked value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { raw: R::default(), value: UnsafeCell::new(value) }
    }

    /// Waits for the lock; the guard releases it.
    #[inline]
    pub fn lock(&self) -> Guard<'_, R, T> {
        self.raw.acquire();
        Guard { lock: self, value: PhantomData }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub fn try_lock(&self) -> Option<Guard<'_, R, T>> {
        self.raw.try_acquire().then(|| Guard { lock: self, value: PhantomData })
    }

    /// The value, once nobody can hold the lock.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

// SAFETY: a `RawLock` lets one thread at a time in, so the value moves between threads but is never shared.
unsafe impl<R: Sync, T: Send> Sync for Lock<R, T> {}

/// Access to a locked value, until it is dropped.
pub struct Guard<'a, R: RawLock, T> {
    lock: &'a Lock<R, T>,
    /// A guard is as shareable as the `&mut T` that it stands for; by `lock` alone it would be more so than
    /// it may.
    value: PhantomData<&'a mut T>,
}

impl<R: RawLock, T> Deref for Guard<'_, R, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists between `acquire` and `release`, so no other thread touches the value, and
        // `&self` keeps `deref_mut` away.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

impl<R: RawLock, T> DerefMut for Guard<'_, R, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` keeps every other reference away.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<R: RawLock, T> Drop for Guard<'_, R, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard was made after acquiring, and is dropped once.
        unsafe { self.lock.raw.release() };
    }
}

/// Who may enter, without what is inside. The default is unlocked.
///
/// # Safety
///
/// Between `acquire`, or a `try_acquire` that gave `true`, and the next `release` no other thread may be let
/// in, and what the releasing thread did must be visible to the next.
pub unsafe trait RawLock: Default {
    /// Waits until this thread may enter.
    fn acquire(&self);

    /// Enters if nobody is inside.
    fn try_acquire(&self) -> bool;

    /// Leaves.
    ///
    /// # Safety
    ///
    /// The caller is inside: it entered and has not left since.
    unsafe fn release(&self);
}

/// A flag that is up while somebody is inside: the [`SpinLock`].
#[derive(Debug, Default)]
pub struct TestAndSet {
    held: AtomicBool,
}

// SAFETY: only one `swap` finds `false` before the next `release` puts it back.
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

    // SAFETY: sound to implement so: the caller is inside, so nobody else lets anybody in meanwhile.
    #[inline]
    unsafe fn release(&self) {
        // Release pairs with the Acquire in `acquire` and `try_acquire`: the next holder sees what we wrote.
        self.held.store(false, Release);
    }
}

/// The number that is served and the next one to be drawn: the [`TicketLock`].
#[derive(Debug, Default)]
pub struct Ticket {
    drawn: AtomicU32,
    served: AtomicU32,
}

// SAFETY: a number is drawn once (until 2^32 wait at the same time) and served once, after the one before has
// left.
unsafe impl RawLock for Ticket {
    #[inline]
    fn acquire(&self) {
        // Relaxed: the number only has to be ours alone; what the last holder wrote comes with `served`.
        let mine = self.drawn.fetch_add(1, Relaxed);
        let mut backoff = Backoff::new();
        // Acquire pairs with the Release in `release`.
        while self.served.load(Acquire) != mine {
            backoff.wait();
        }
    }

    #[inline]
    fn try_acquire(&self) -> bool {
        // Acquire pairs with the Release in `release`; to draw the very number that is served is to enter.
        let served = self.served.load(Acquire);
        self.drawn.compare_exchange(served, served.wrapping_add(1), Relaxed, Relaxed).is_ok()
    }

    // SAFETY: sound to implement so: the caller is inside, so `served` is its own number.
    #[inline]
    unsafe fn release(&self) {
        // Relaxed: nobody but the holder writes it.
        let mine = self.served.load(Relaxed);
        // Release pairs with the Acquire in `acquire` and `try_acquire`: the next holder sees what we wrote.
        self.served.store(mine.wrapping_add(1), Release);
    }
}

#[cfg(test)]
mod tests {
    use super::super::primitive::{Arc, AtomicU32, UnsafeCell, atomicity, model, spawn};
    use super::{Lock, RawLock, TestAndSet, Ticket};

    fn two_threads_count<R: RawLock + Send + Sync + 'static>(raw: R) {
        let lock = Arc::new(Lock { raw, value: UnsafeCell::new(0) });
        let other = spawn({
            let lock = Arc::clone(&lock);
            move || {
                let tried = lock.try_lock().map(|mut count| *count += 1).is_some();
                *lock.lock() += 1;
                tried
            }
        });
        (0..2).for_each(|_| *lock.lock() += 1);
        let tried = other.join().unwrap();
        assert_eq!(*lock.lock(), 3 + i32::from(tried));
    }

    #[test]
    fn a_spin_lock_loses_no_count() {
        model(|| two_threads_count(TestAndSet::default()));
    }

    #[test]
    fn a_ticket_lock_loses_no_count_when_its_numbers_wrap() {
        model(|| {
            let last = u32::MAX - 1;
            two_threads_count(Ticket { drawn: AtomicU32::new(last), served: AtomicU32::new(last) });
        });
    }

    #[test]
    fn a_held_lock_refuses_and_a_panic_releases() {
        fn check<R: RawLock + Send + Sync + 'static>() {
            let lock = Arc::new(Lock::<R, _>::new(1));
            let guard = lock.lock();
            assert!(lock.try_lock().is_none());
            drop(guard);
            let holder = std::panic::AssertUnwindSafe(&lock);
            let panicked = std::panic::catch_unwind(|| {
                *holder.lock() = 2;
                let _guard = holder.lock();
                std::panic::resume_unwind(Box::new("a holder that fails"));
            });
            assert!(panicked.is_err());
            assert_eq!(lock.try_lock().as_deref(), Some(&2));
        }
        atomicity(check::<TestAndSet>);
        atomicity(check::<Ticket>);
    }
}
