//! An event count: sleep until a lock-free condition may have changed; notifying is nearly free while no thread sleeps.

use super::backoff::Backoff;
use super::primitive::Ordering::{Relaxed, SeqCst};
use super::primitive::{AtomicUsize, CachePadded, Condvar, Mutex, fence};
use std::sync::PoisonError;

/// Where threads wait for a condition that they can only check by trying.
///
/// A lock-free structure has no lock for a `Condvar` to go with, so a wake-up can fall between a thread's last try and
/// its sleep. The event count closes the gap from both sides, as Dekker's algorithm does: a waiter announces itself and
/// *then* tries again; a notifier makes its change and *then* looks for announcements. One of the two sees the other,
/// provided that neither reads before its own write is visible, which the two SeqCst fences ensure. (Prior art:
/// Vyukov's eventcount, folly's `EventCount`.)
///
/// Waiting spins first: an answer within a few microseconds costs no call into the kernel. A notification costs a fence
/// and a load while no thread sleeps, and a lock and a system call when one does.
///
/// ```
/// use parallax_atomics::blocks::event::Event;
/// use std::sync::atomic::{AtomicU32, Ordering::{Acquire, Release}};
///
/// let (answer, ready) = (AtomicU32::new(0), Event::new());
/// std::thread::scope(|threads| {
///     threads.spawn(|| {
///         answer.store(42, Release);
///         ready.notify_all();
///     });
///     let got = ready.wait_for(|| Some(answer.load(Acquire)).filter(|answer| *answer != 0));
///     assert_eq!(got, 42);
/// });
/// ```
#[derive(Debug)]
pub struct Event {
    /// How many threads have announced that they sleep, or are about to.
    sleepers: CachePadded<AtomicUsize>,
    /// Held from the announced try to the sleep, so that a notification cannot fall in between.
    gate: Mutex<()>,
    changed: Condvar,
}

impl Event {
    /// An event without waiters.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sleepers: CachePadded::new(AtomicUsize::new(0)),
            gate: Mutex::new(()),
            changed: Condvar::new(),
        }
    }

    /// Tries until there is a result: spinning at first, then asleep between notifications.
    ///
    /// `attempt` must be quick and must not notify or wait for an event: it also runs under the gate.
    pub fn wait_for<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> R {
        let mut backoff = Backoff::new();
        while !backoff.is_spent() {
            if let Some(result) = attempt() {
                return result;
            }
            backoff.wait();
        }
        let result = self.sleep_for(attempt);
        // One change may satisfy several sleepers but wakes one, and a sleeper that was woken too early has gone back
        // to sleep. So each sleeper that succeeds wakes the next; the chain ends at one that fails.
        self.notify_one();
        result
    }

    /// Wakes one sleeper, if there is one. Call it after the change.
    #[inline]
    pub fn notify_one(&self) {
        if self.has_sleepers() {
            self.pass_the_gate();
            self.changed.notify_one();
        }
    }

    /// Wakes all sleepers. Call it after the change.
    #[inline]
    pub fn notify_all(&self) {
        if self.has_sleepers() {
            self.pass_the_gate();
            self.changed.notify_all();
        }
    }

    fn sleep_for<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> R {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let _announced = Announced::new(&self.sleepers);
        loop {
            if let Some(result) = attempt() {
                return result;
            }
            gate = self.changed.wait(gate).unwrap_or_else(PoisonError::into_inner);
        }
    }

    #[inline]
    fn has_sleepers(&self) -> bool {
        // Pairs with the fence in `Announced::new`: either the sleeper's try sees our change, or we see the sleeper.
        fence(SeqCst);
        // Relaxed: the fence orders it.
        self.sleepers.load(Relaxed) > 0
    }

    /// Waits until every announced thread is either asleep or has yet to try.
    #[cold]
    fn pass_the_gate(&self) {
        drop(self.gate.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

/// A sleeper's announcement, taken back even if its attempt panics.
struct Announced<'a>(&'a AtomicUsize);

impl<'a> Announced<'a> {
    fn new(sleepers: &'a AtomicUsize) -> Self {
        // Relaxed: the fence orders it.
        sleepers.fetch_add(1, Relaxed);
        // Pairs with the fence in `has_sleepers`.
        fence(SeqCst);
        Self(sleepers)
    }
}

impl Drop for Announced<'_> {
    fn drop(&mut self) {
        // Relaxed: a notifier that still sees us merely wakes no thread.
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::primitive::Ordering::Relaxed;
    use super::super::primitive::{Arc, AtomicBool, AtomicUsize, model, spawn};
    use super::Event;

    fn a_change_wakes_a_sleeper(notify: fn(&Event)) {
        model(move || {
            let shared = Arc::new((AtomicBool::new(false), Event::new()));
            let notifier = spawn({
                let shared = Arc::clone(&shared);
                move || {
                    // Relaxed on purpose: the event's own fences must be enough to wake the sleeper.
                    shared.0.store(true, Relaxed);
                    notify(&shared.1);
                }
            });
            shared.1.wait_for(|| shared.0.load(Relaxed).then_some(()));
            notifier.join().unwrap();
        });
    }

    #[test]
    fn no_wake_up_is_lost() {
        a_change_wakes_a_sleeper(Event::notify_one);
    }

    #[test]
    fn nor_is_one_to_all() {
        a_change_wakes_a_sleeper(Event::notify_all);
    }

    #[test]
    fn one_notification_serves_all_whom_the_change_serves() {
        model(|| {
            let shared = Arc::new((AtomicBool::new(false), Event::new()));
            let sleepers = [(); 2].map(|()| {
                let shared = Arc::clone(&shared);
                spawn(move || shared.1.wait_for(|| shared.0.load(Relaxed).then_some(())))
            });
            shared.0.store(true, Relaxed);
            shared.1.notify_one();
            for sleeper in sleepers {
                sleeper.join().unwrap();
            }
        });
    }

    #[test]
    fn two_changes_wake_two_sleepers() {
        model(|| {
            let shared = Arc::new((AtomicUsize::new(0), Event::new()));
            let take =
                |tokens: &AtomicUsize| tokens.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1)).ok();
            let sleepers = [(); 2].map(|()| {
                let shared = Arc::clone(&shared);
                spawn(move || shared.1.wait_for(|| take(&shared.0)))
            });
            for _ in 0..2 {
                shared.0.fetch_add(1, Relaxed);
                shared.1.notify_one();
            }
            for sleeper in sleepers {
                assert!((1..=2).contains(&sleeper.join().unwrap()));
            }
        });
    }
}
