//! A barrier that spins: the last thread to arrive increments a generation, which the others watch.

use super::backoff::Backoff;
use super::primitive::Ordering::{AcqRel, Acquire, Relaxed, Release};
use super::primitive::{AtomicUsize, CachePadded};

/// A meeting point for a fixed number of threads, to be crossed again and again.
///
/// Like `std::sync::Barrier`, without the lock and the system calls: a crossing takes a few line transfers, a
/// fraction of a microsecond, where waking a sleeper takes several. It suits steps that are short and even.
/// Waiters spin and then yield, so it still works with more threads than cores, only slower; a thread that
/// waits long burns its core.
///
/// The count of arrived threads and the generation that waiters watch lie on separate cache lines, so an arrival does
/// not disturb the waiters. The generation is the *sense* of the sense-reversing barrier (Mellor-Crummey and Scott,
/// 1991), a counter instead of a flag, so that no thread has to remember its own sense.
///
/// A thread that never arrives, for instance because it panicked, leaves the others waiting forever.
///
/// ```
/// use parallax_atomics::blocks::barrier::SpinBarrier;
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// let (barrier, arrived) = (SpinBarrier::new(3), AtomicU32::new(0));
/// std::thread::scope(|threads| {
///     for _ in 0..3 {
///         threads.spawn(|| {
///             arrived.fetch_add(1, Relaxed);
///             barrier.wait();
///             assert_eq!(arrived.load(Relaxed), 3);
///         });
///     }
/// });
/// ```
#[derive(Debug)]
pub struct SpinBarrier {
    threads: usize,
    arrived: CachePadded<AtomicUsize>,
    generation: CachePadded<AtomicUsize>,
}

impl SpinBarrier {
    /// A barrier for `threads` threads; with 0 or 1 no thread ever waits.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self::starting_at(threads, 0)
    }

    /// Waits until all threads have arrived; `true` for the last one.
    ///
    /// Everything that any thread did before the crossing is visible to every thread after it.
    #[inline]
    pub fn wait(&self) -> bool {
        // Relaxed is exact: this thread saw the generation change at its last crossing, and it cannot change without
        // us.
        let generation = self.generation.load(Relaxed);
        // AcqRel pairs with itself in the other threads: the last to arrive sees what all the others did.
        if self.arrived.fetch_add(1, AcqRel) + 1 >= self.threads {
            // Relaxed: no thread arrives again before it sees the generation change, which the next line publishes.
            self.arrived.store(0, Relaxed);
            // Release pairs with the Acquire below: all see what the last has seen.
            self.generation.store(generation.wrapping_add(1), Release);
            return true;
        }
        let mut backoff = Backoff::new();
        // Acquire pairs with the Release above.
        while self.generation.load(Acquire) == generation {
            backoff.wait();
        }
        false
    }

    /// How many threads meet.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    fn starting_at(threads: usize, generation: usize) -> Self {
        Self {
            threads,
            arrived: CachePadded::new(AtomicUsize::new(0)),
            generation: CachePadded::new(AtomicUsize::new(generation)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::primitive::{Arc, UnsafeCell, atomicity, model, spawn};
    use super::SpinBarrier;

    /// Cells protected only by the barrier: each thread writes its own and then reads its neighbour's.
    struct Halo<const THREADS: usize> {
        barrier: SpinBarrier,
        cells: [UnsafeCell<usize>; THREADS],
    }

    #[expect(unsafe_code, reason = "the barrier under test makes the cells safe")]
    // SAFETY: `step` writes a cell from one thread, and reads it from another on the far side of a barrier.
    unsafe impl<const THREADS: usize> Sync for Halo<THREADS> {}

    #[expect(unsafe_code, reason = "the barrier under test makes the cells safe")]
    impl<const THREADS: usize> Halo<THREADS> {
        /// Two steps; returns how often this thread came last.
        fn step_twice(&self, thread: usize) -> usize {
            let steps = (1..=2).map(|step| {
                // SAFETY: only this thread touches its cell between the second barrier and the first.
                self.cells[thread].with_mut(|cell| unsafe { *cell = step });
                let last = self.barrier.wait();
                // SAFETY: no thread writes a cell between the first barrier and the second.
                let seen = self.cells[(thread + 1) % THREADS].with(|cell| unsafe { *cell });
                assert_eq!(seen, step);
                usize::from(last) + usize::from(self.barrier.wait())
            });
            steps.sum()
        }
    }

    fn meet<const THREADS: usize>() {
        let halo = Arc::new(Halo::<THREADS> {
            barrier: SpinBarrier::starting_at(THREADS, usize::MAX),
            cells: [(); THREADS].map(|()| UnsafeCell::new(0)),
        });
        let others: Vec<_> = (1..THREADS)
            .map(|thread| {
                let halo = Arc::clone(&halo);
                spawn(move || halo.step_twice(thread))
            })
            .collect();
        let here = halo.step_twice(0);
        let last = others.into_iter().fold(here, |sum, other| sum + other.join().unwrap());
        assert_eq!(last, 4, "one thread comes last at each crossing");
    }

    #[test]
    fn two_threads_see_each_other_s_writes_after_every_crossing() {
        model(meet::<2>);
    }

    #[test]
    fn so_do_three() {
        model(meet::<3>);
    }

    #[test]
    fn a_barrier_of_one_never_waits() {
        atomicity(|| {
            for threads in [0, 1] {
                let barrier = SpinBarrier::new(threads);
                assert!(barrier.wait() && barrier.wait());
            }
        });
    }
}
