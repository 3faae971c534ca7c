//! The part common to all spinning locks: a value, a guard that gives access to it, and a release at its end.

#![expect(unsafe_code, reason = "a lock hands out `&mut` on the word of an atomic")]

use super::primitive::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A value that one thread at a time may touch; `R` decides which thread is next.
///
/// The lock is not padded, so that a small value shares its line and comes along with it. In an array of locks for
/// different threads, put each in a `CachePadded`. A panic under the guard releases the lock and does not poison it.
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

    /// The value, once no thread can hold the lock.
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
    /// A guard is as shareable as the `&mut T` that it represents; by `lock` alone it would be too shareable.
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

/// A lock without its value. The default is unlocked.
///
/// # Safety
///
/// Between `acquire`, or a `try_acquire` that returned `true`, and the next `release`, no other thread may enter, and
/// the next thread must see what the releasing thread did.
pub unsafe trait RawLock: Default {
    /// Waits until this thread may enter.
    fn acquire(&self);

    /// Enters if no thread is inside.
    fn try_acquire(&self) -> bool;

    /// Leaves.
    ///
    /// # Safety
    ///
    /// The caller is inside: it entered and has not left since.
    unsafe fn release(&self);
}

impl<R: RawLock, T: fmt::Debug> fmt::Debug for Lock<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.try_lock() {
            Some(value) => f.debug_tuple("Lock").field(&*value).finish(),
            None => f.debug_tuple("Lock").field(&format_args!("<held>")).finish(), // a wait might never end
        }
    }
}

impl<R: RawLock, T: fmt::Debug> fmt::Debug for Guard<'_, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("Guard").field(&**self).finish()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::primitive::{Arc, UnsafeCell, spawn};
    use super::{Lock, RawLock};
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    /// Two threads add to one count, and one of them also tries the lock.
    pub(in super::super) fn two_threads_count<R: RawLock + Send + Sync + 'static>(raw: R) {
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

    /// A held lock refuses, prints as held, and is free again after a holder's panic.
    pub(in super::super) fn refuses_while_held_and_survives_a_panic<R: RawLock + Send + Sync + 'static>() {
        let lock = Arc::new(Lock::<R, _>::new(1));
        let guard = lock.lock();
        assert!(lock.try_lock().is_none());
        assert_eq!(format!("{:?} {guard:?}", *lock), "Lock(<held>) Guard(1)");
        drop(guard);
        assert_eq!(format!("{:?}", *lock), "Lock(1)");
        let holder = AssertUnwindSafe(&lock);
        let panicked = catch_unwind(|| {
            *holder.lock() = 2;
            let _guard = holder.lock();
            resume_unwind(Box::new("a holder that fails"));
        });
        assert!(panicked.is_err());
        assert_eq!(lock.try_lock().as_deref(), Some(&2));
    }
}
