//! Where workers sleep that find nothing to steal, until somebody has something or all is done.

use crossbeam::utils::{Backoff, CachePadded};
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Relaxed, SeqCst},
    fence,
};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Nobody sleeps through a piece: who goes to sleep counts itself and then looks once more, and who has something to give
/// puts it where it is seen and then looks at the count (Dekker's idea, which needs both fences).
pub(super) struct Idle {
    asleep: CachePadded<AtomicUsize>,
    /// Held from the last look to the sleep, so that no call falls in between.
    gate: Mutex<()>,
    called: Condvar,
}

impl Idle {
    pub(super) fn new() -> Self {
        let asleep = CachePadded::new(AtomicUsize::new(0));
        Idle { asleep, gate: Mutex::new(()), called: Condvar::new() }
    }

    /// Waits a little longer than the last time, and at last asleep, unless there is something to do after all. It may end
    /// for no reason: look again.
    pub(super) fn wait(&self, backoff: &Backoff, something_to_do: impl FnOnce() -> bool) {
        if !backoff.is_completed() {
            return backoff.snooze(); // who is at work may be done soon
        }
        let gate = self.gate();
        self.asleep.fetch_add(1, Relaxed);
        fence(SeqCst); // pairs with the fence in `somebody_sleeps`
        if !something_to_do() {
            drop(self.called.wait(gate));
        }
        self.asleep.fetch_sub(1, Relaxed);
    }

    /// Wakes one that sleeps; to be called after there is something to steal.
    pub(super) fn call_one(&self) {
        if self.somebody_sleeps() {
            drop(self.gate()); // who has counted itself now sleeps, or has yet to look
            self.called.notify_one();
        }
    }

    fn call_all(&self) {
        if self.somebody_sleeps() {
            drop(self.gate());
            self.called.notify_all();
        }
    }

    /// Wakes all when it goes, by a panic too: who leaves has seen that nothing is left to do, or has ended the rest.
    pub(super) fn leaving(&self) -> Leaving<'_> {
        Leaving(self)
    }

    fn somebody_sleeps(&self) -> bool {
        fence(SeqCst); // pairs with the fence in `wait`
        self.asleep.load(Relaxed) > 0
    }

    fn gate(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Leaving<'a>(&'a Idle);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.call_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn tired() -> Backoff {
        let backoff = Backoff::new();
        while !backoff.is_completed() {
            backoff.snooze();
        }
        backoff
    }

    #[test]
    fn no_call_is_missed() {
        let (idle, given) = (Idle::new(), AtomicUsize::new(0));
        const CALLS: usize = 2000;
        thread::scope(|s| {
            s.spawn(|| {
                for call in 0..CALLS {
                    while given.load(Relaxed) == call {
                        idle.wait(&tired(), || given.load(Relaxed) > call); // for ever, if a call is missed
                    }
                }
            });
            for _ in 0..CALLS {
                given.fetch_add(1, Relaxed);
                idle.call_one();
                thread::yield_now();
            }
        });
    }

    #[test]
    fn all_wake_when_one_leaves_even_by_a_panic() {
        let (idle, ended) = (Idle::new(), AtomicUsize::new(0));
        thread::scope(|s| {
            let sleep = || {
                let _leaving = idle.leaving();
                while ended.load(Relaxed) == 0 {
                    idle.wait(&tired(), || ended.load(Relaxed) > 0);
                }
            };
            s.spawn(sleep);
            s.spawn(sleep);
            while idle.asleep.load(Relaxed) < 2 {
                thread::yield_now();
            }
            let failing = s.spawn(|| {
                let _leaving = idle.leaving();
                ended.store(1, Relaxed);
                std::panic::resume_unwind(Box::new("on purpose"));
            });
            assert!(failing.join().is_err());
        });
    }
}
