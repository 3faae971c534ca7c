//! Self-scheduling: a shared counter is the whole scheduler, and a free worker takes the next number.
//!
//! ```
//! use std::sync::Mutex;
//! use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
//! use std::{iter, thread};
//!
//! fn squares(out: &mut [u64], grain: usize, workers: usize) {
//!     let parts: Vec<_> = out.chunks_mut(grain).map(Mutex::new).collect();
//!     let next = AtomicUsize::new(0);
//!     let tickets = || iter::repeat_with(|| next.fetch_add(1, Relaxed)).take_while(|&k| k < parts.len());
//!     thread::scope(|s| {
//!         for _ in 0..workers {
//!             s.spawn(|| {
//!                 for k in tickets() {
//!                     for (i, square) in parts[k].lock().unwrap().iter_mut().enumerate() {
//!                         *square = ((k * grain + i) as u64).pow(2);
//!                     }
//!                 }
//!             });
//!         }
//!     });
//! }
//!
//! let mut out = [0; 5];
//! squares(&mut out, 2, 3);
//! assert_eq!(out, [0, 1, 4, 9, 16]);
//! ```
//!
//! The counter gives each number out once, so nobody ever waits for a part's lock: the lock shows
//! the compiler what the counter guarantees, for one more atomic operation per piece. The idea is
//! P. Tang and P.-C. Yew, "Processor self-scheduling for multiple-nested parallel loops" (1986).

use crossbeam::utils::{Backoff, CachePadded};
use parallax_suite::pattern::{Map, Reduce, Sweep};
use parallax_suite::question::{Answer, Card, Cores, Execute, Technique};
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::{Arc, Mutex, MutexGuard};
use std::{iter, thread};

/// A work counter, in threads of a scope.
#[derive(Debug, Clone, Copy)]
pub struct SelfScheduling {
    workers: usize,
}

impl Technique for SelfScheduling {
    const CARD: Card = Card {
        name: "self-scheduling",
        idea: "an atomic counter numbers the pieces; a free worker adds one and does that piece",
        gives: "even finishing times for uneven items from one word of shared state",
        costs: "a contended addition per piece; parts change threads between passes, and so caches",
        cores: Cores::Workers,
        libraries: &["crossbeam"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(SelfScheduling { workers: workers.max(1) })
    }
}

impl Execute for SelfScheduling {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        let grain = work.grain().max(1);
        let parts: Vec<_> = out.chunks_mut(grain).map(Mutex::new).collect();
        let next = AtomicUsize::new(0);
        self.crew(|| {
            for k in tickets(&next, parts.len()) {
                work.fill(k * grain, &mut lock(&parts[k]));
            }
        });
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let (len, grain) = (work.len(), work.grain().max(1));
        let (next, total) = (AtomicUsize::new(0), Mutex::new(work.empty()));
        self.crew(|| {
            let mut acc = work.empty();
            for k in tickets(&next, len.div_ceil(grain)) {
                work.fold(&mut acc, k * grain..((k + 1) * grain).min(len));
            }
            work.merge(&mut lock(&total), acc); // once per worker
        });
        Ok(total.into_inner().expect("a worker's panic does not come this far"))
    }

    /// One run of tickets over all steps. A ticket says its step, and its worker waits until all
    /// tickets of earlier steps are done: a second counter is the barrier.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        let grain = work.grain().max(1);
        let parts: Vec<_> = state.chunks_mut(grain).map(Mutex::new).collect();
        // Padded: those who wait read `done`, and shall not slow down those who take tickets.
        let [next, done] = [(); 2].map(|()| CachePadded::new(AtomicUsize::new(0)));
        self.crew(|| {
            for ticket in tickets(&next, parts.len() * work.steps()) {
                let (step, k) = (ticket / parts.len(), ticket % parts.len());
                let wait = Backoff::new(); // spins, then lets others run
                while done.load(Acquire) < step * parts.len() {
                    wait.snooze(); // until the `Release` of the last `Done` of the step before
                }
                let _done = Done(&done);
                work.step(k * grain, &mut lock(&parts[k]));
            }
        });
        Ok(())
    }
}

impl SelfScheduling {
    fn crew(&self, work: impl Fn() + Sync) {
        thread::scope(|s| (0..self.workers).for_each(|_| drop(s.spawn(&work))));
    }
}

/// The numbers below `end` that this worker gets. Relaxed: a number tells nothing but itself.
fn tickets(next: &AtomicUsize, end: usize) -> impl Iterator<Item = usize> {
    iter::repeat_with(|| next.fetch_add(1, Relaxed)).take_while(move |&ticket| ticket < end)
}

/// Counts a piece as done when it goes, by a panic too, so that nobody waits for it for ever.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Release); // pairs with the `Acquire` of those who wait
    }
}

/// A part that no other worker has; it is poisoned if the worker that had it in an earlier step panicked.
fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().expect("a piece has panicked, and so does the call")
}
