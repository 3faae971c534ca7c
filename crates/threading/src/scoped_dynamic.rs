//! Dynamic hand-out: whoever is free takes the next piece, so a slow piece holds up only one thread.
//!
//! ```
//! use std::{sync::Mutex, thread};
//!
//! fn squares(out: &mut [u64], grain: usize, workers: usize) {
//!     let queue = Mutex::new(out.chunks_mut(grain).enumerate());
//!     // Written in the loop's head instead, the lock would be held through the loop's body.
//!     let next = || queue.lock().unwrap().next();
//!     thread::scope(|s| {
//!         for _ in 0..workers {
//!             s.spawn(|| {
//!                 while let Some((k, part)) = next() {
//!                     for (i, square) in part.iter_mut().enumerate() {
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
//! The queue is `chunks_mut` itself behind a lock: it yields disjoint `&mut` parts, which an atomic
//! index alone cannot do without `unsafe`. A hand-out takes some 10 ns, a piece some 10 µs or more.

use crate::{join, lockstep::Lockstep};
use parallax_suite::pattern::{Map, Reduce, Sweep, pieces};
use parallax_suite::question::{Answer, Card, Cores, Execute, Technique};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// `std::thread::scope` with a shared queue of pieces.
#[derive(Debug, Clone, Copy)]
pub struct ScopedDynamic {
    workers: usize,
}

impl Technique for ScopedDynamic {
    const CARD: Card = Card {
        name: "scoped-dynamic",
        idea: "a locked queue hands the next piece to whoever is free",
        gives: "even finishing times for uneven items, without a library",
        costs: "a lock per piece; parts change threads between passes, and so caches",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(ScopedDynamic { workers: workers.max(1) })
    }
}

impl Execute for ScopedDynamic {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        let grain = work.grain().max(1);
        let queue = Mutex::new(out.chunks_mut(grain).enumerate());
        let fill = || {
            while let Some((k, part)) = next(&queue) {
                work.fill(k * grain, part);
            }
        };
        thread::scope(|s| (0..self.workers).for_each(|_| drop(s.spawn(fill))));
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let queue = Mutex::new(pieces(work.len(), work.grain()));
        let fold = || {
            let mut acc = work.empty();
            while let Some(items) = next(&queue) {
                work.fold(&mut acc, items);
            }
            acc
        };
        Ok(thread::scope(|s| join::merge(&**work, (0..self.workers).map(|_| s.spawn(fold)).collect())))
    }

    /// Two stacks: each step takes all pieces off one and puts them, done, on the other.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        let grain = work.grain().max(1);
        let pieces: Vec<_> = state.chunks_mut(grain).enumerate().collect();
        let stacks = [Mutex::new(pieces), Mutex::new(Vec::new())];
        let lockstep = Lockstep::new(self.workers, work.steps());
        let walk = |step: usize| {
            let [todo, done] = [&stacks[step % 2], &stacks[(step + 1) % 2]];
            while let Some((k, part)) = pop(todo) {
                work.step(k * grain, part);
                lock(done).push((k, part));
            }
        };
        thread::scope(|s| (0..self.workers).for_each(|_| drop(s.spawn(|| lockstep.walk(walk)))));
        Ok(())
    }
}

/// The next piece, if one is left; the lock is held for the taking only.
fn next<I: Iterator>(queue: &Mutex<I>) -> Option<I::Item> {
    lock(queue).next()
}

fn pop<T>(stack: &Mutex<Vec<T>>) -> Option<T> {
    lock(stack).pop()
}

fn lock<T>(queue: &Mutex<T>) -> MutexGuard<'_, T> {
    queue.lock().expect("nobody can panic while taking or putting a piece")
}
