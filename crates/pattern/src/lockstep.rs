//! A barrier that a panic cannot turn into a deadlock.
//!
//! Threads that wait for each other after every step would wait forever once one of them is gone. So a
//! thread that panics still arrives at the remaining barriers while it unwinds.

use std::hint;
use std::sync::{Barrier, OnceLock};

/// A reusable barrier, at which threads wait for each other.
pub trait Meet: Sync {
    /// Waits until all threads have arrived; what any of them wrote before, all see after.
    fn meet(&self);
}

/// Puts threads to sleep: some ten microseconds a step, noticeable when steps are short.
impl Meet for Barrier {
    fn meet(&self) {
        self.wait();
    }
}

/// Steps that several threads make in parallel: none begins a step before all have ended the last.
///
/// ```
/// use parallax_pattern::Lockstep;
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
///
/// let (lockstep, made) = (Lockstep::new(2, 10), AtomicUsize::new(0));
/// std::thread::scope(|s| {
///     for _ in 0..2 {
///         s.spawn(|| {
///             lockstep.walk(|step| {
///                 assert!(made.load(Relaxed) >= 2 * step); // all of the steps before
///                 made.fetch_add(1, Relaxed);
///             })
///         });
///     }
/// });
/// assert_eq!(made.into_inner(), 20);
/// ```
#[derive(Debug)]
pub struct Lockstep<M = Barrier> {
    barrier: M,
    steps: usize,
    /// Whether all threads have been started, as soon as that is known: if not, those that were do not wait at a
    /// barrier at which the others never arrive.
    all_here: OnceLock<bool>,
}

impl Lockstep {
    /// `steps` steps of `threads` threads, which sleep while they wait.
    pub fn new(threads: usize, steps: usize) -> Self {
        Lockstep::at(Barrier::new(threads), steps)
    }
}

impl<M: Meet> Lockstep<M> {
    /// `steps` steps of as many threads as `barrier` is made for.
    pub fn at(barrier: M, steps: usize) -> Self {
        let lockstep = Lockstep::announced(barrier, steps);
        lockstep.begin(true);
        lockstep
    }

    /// The same before it is known whether all threads start: none ends its first step before [`Lockstep::begin`].
    pub(crate) fn announced(barrier: M, steps: usize) -> Self {
        Lockstep { barrier, steps, all_here: OnceLock::new() }
    }

    /// Lets the steps go on if all threads have been started; else each thread ends after its first.
    pub(crate) fn begin(&self, all_here: bool) {
        self.all_here.get_or_init(|| all_here);
    }

    /// Makes every step, each when all threads have made the one before. Each thread calls this once.
    ///
    /// # Panics
    ///
    /// If `step` does, and then only after the other threads have made their steps.
    pub fn walk(&self, mut step: impl FnMut(usize)) {
        let mut appointments = Appointments { lockstep: self, left: self.steps };
        for number in 0..self.steps {
            step(number);
            if !appointments.keep() {
                break;
            }
        }
    }
}

/// How often a thread checks whether all are here before it sleeps until they are: some ten microseconds.
const SPINS: usize = 1 << 12;

/// The barriers at which a thread has yet to arrive.
struct Appointments<'a, M: Meet> {
    lockstep: &'a Lockstep<M>,
    left: usize,
}

impl<M: Meet> Appointments<'_, M> {
    /// Arrives at the next one; there are no more if a thread is missing.
    fn keep(&mut self) -> bool {
        // A load, once the last thread has been started; until then, spin: a short step is too short for a sleep.
        let spun = (0..SPINS).find_map(|_| {
            hint::spin_loop();
            self.lockstep.all_here.get().copied()
        });
        let all_here = spun.unwrap_or_else(|| *self.lockstep.all_here.wait());
        self.left = if all_here { self.left - 1 } else { 0 };
        if all_here {
            self.lockstep.barrier.meet();
        }
        all_here
    }
}

impl<M: Meet> Drop for Appointments<'_, M> {
    fn drop(&mut self) {
        while self.left > 0 && self.keep() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::thread;

    #[test]
    fn a_panic_lets_the_others_finish() {
        let (lockstep, made) = (Lockstep::new(3, 5), AtomicUsize::new(0));
        let failed = thread::scope(|s| {
            let walk = |fails: bool| {
                let (lockstep, made) = (&lockstep, &made);
                s.spawn(move || {
                    lockstep.walk(|step| {
                        assert!(!fails || step < 2, "on purpose");
                        made.fetch_add(1, Relaxed);
                    })
                })
            };
            let threads = [walk(false), walk(true), walk(false)];
            threads.map(|thread| thread.join().is_err())
        });
        assert_eq!(failed, [false, true, false]);
        assert_eq!(made.into_inner(), 5 + 2 + 5);
    }

    #[test]
    fn nobody_waits_for_a_thread_that_is_missing() {
        let (lockstep, made) = (Lockstep::announced(Barrier::new(3), 5), AtomicUsize::new(0));
        thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| lockstep.walk(|_| _ = made.fetch_add(1, Relaxed)));
            }
            lockstep.begin(false);
        });
        assert_eq!(made.into_inner(), 2);
    }

    #[test]
    fn no_steps_need_no_meeting() {
        Lockstep::new(2, 0).walk(|_| unreachable!("there is no step"));
    }
}
