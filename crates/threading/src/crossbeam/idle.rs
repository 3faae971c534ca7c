//! Where workers sleep that find nothing to steal, until there is something to steal or all work is done.

use crossbeam::utils::{Backoff, CachePadded};
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Relaxed, SeqCst},
    fence,
};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// No sleeper misses a piece: a worker that goes to sleep counts itself and then looks once more; a worker that has a
/// piece to give makes it visible and then looks at the count (Dekker's idea, which needs both fences).
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

    /// Waits a little longer than the last time, and finally sleeps, unless there is something to do after all. It may
    /// return for no reason: look again.
    pub(super) fn wait(&self, backoff: &Backoff, something_to_do: impl FnOnce() -> bool) {
        if !backoff.is_completed() {
            return backoff.snooze(); // a busy worker may be done soon
        }
        let gate = self.gate();
        self.asleep.fetch_add(1, Relaxed);
        fence(SeqCst); // pairs with the fence in `any_sleeps`
        if !something_to_do() {
            drop(self.called.wait(gate));
        }
        self.asleep.fetch_sub(1, Relaxed);
    }

    /// Wakes one sleeper; call it once there is something to steal.
    pub(super) fn call_one(&self) {
        if self.any_sleeps() {
            drop(self.gate()); // a worker that has counted itself now sleeps, or has yet to look
            self.called.notify_one();
        }
    }

    fn call_all(&self) {
        if self.any_sleeps() {
            drop(self.gate());
            self.called.notify_all();
        }
    }

    /// Wakes all when it is dropped, after a panic too: a worker that leaves has seen that nothing is left to do, or
    /// has failed.
    pub(super) fn leaving(&self) -> Leaving<'_> {
        Leaving(self)
    }

    fn any_sleeps(&self) -> bool {
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
                        idle.wait(&tired(), || given.load(Relaxed) > call); // forever, if a call is missed
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
