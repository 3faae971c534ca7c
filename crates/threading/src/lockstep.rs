//! A barrier that a panic cannot turn into a deadlock.
//!
//! Threads that wait for each other after every step wait for ever once one of them is gone. So a
//! thread that panics still keeps its appointments while it unwinds.

use std::sync::Barrier;

/// Steps that several threads make side by side: none begins a step before all have ended the last.
///
/// A reusable barrier ([`Barrier`]) puts threads to sleep: some ten microseconds a step, which shows when
/// a step is short. Spinning is quicker, and burns a core when there are more threads than cores.
///
/// ```
/// use parallax_threading::Lockstep;
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
pub struct Lockstep {
    barrier: Barrier,
    steps: usize,
}

impl Lockstep {
    /// `steps` steps of `threads` threads.
    pub fn new(threads: usize, steps: usize) -> Self {
        Lockstep { barrier: Barrier::new(threads), steps }
    }

    /// Makes every step, each when all threads have made the one before. Each thread calls this once.
    ///
    /// # Panics
    ///
    /// If `step` does, and then only after the other threads have made their steps.
    pub fn walk(&self, mut step: impl FnMut(usize)) {
        let mut appointments = Appointments { barrier: &self.barrier, left: self.steps };
        for number in 0..self.steps {
            step(number);
            appointments.keep();
        }
    }
}

/// The meetings that a thread still owes the others.
struct Appointments<'a> {
    barrier: &'a Barrier,
    left: usize,
}

impl Appointments<'_> {
    fn keep(&mut self) {
        self.left -= 1;
        self.barrier.wait();
    }
}

impl Drop for Appointments<'_> {
    fn drop(&mut self) {
        while self.left > 0 {
            self.keep();
        }
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
    fn no_steps_need_no_meeting() {
        Lockstep::new(2, 0).walk(|_| unreachable!("there is no step"));
    }
}
