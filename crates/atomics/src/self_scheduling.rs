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
//! The counter gives each number out once, so no worker ever waits for a part's lock: the lock only
//! shows the compiler what the counter guarantees, for one more atomic operation per piece. The
//! idea is P. Tang and P.-C. Yew, "Processor self-scheduling for multiple-nested parallel loops"
//! (1986).

use crate::blocks::{backoff::Backoff, counter::WorkCounter};
use crate::slots::Slots;
use crossbeam::utils::CachePadded;
use parallax_pattern::double_buffer::{DoubleBuffer, Piece};
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, No, Reduce, Rounds, Search, Stencil, Sweep,
    Technique, covers, make_item, needs, team, whole_share,
};
use std::iter;
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Release},
};
use std::sync::{Arc, Mutex, MutexGuard};

/// Parts of an array for each worker, to even out the slow ones. More parts need more rounds of merging.
const PARTS_PER_WORKER: usize = 4;

/// A work counter, in scoped threads.
#[derive(Debug, Clone, Copy)]
pub struct SelfScheduling {
    workers: usize,
}

impl Technique for SelfScheduling {
    const CARD: Card = Card {
        name: "self-scheduling",
        idea: "an atomic counter numbers the pieces; a free worker adds one and does that piece",
        gives: "even finishing times for uneven items from one word of shared state",
        costs: "a contended addition per piece; parts change threads, and so caches, between passes",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(SelfScheduling { workers: workers.max(1) })
    }
}

impl Execute for SelfScheduling {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let grain = work.grain().max(1);
        self.each(out.chunks_mut(grain), |k, part| work.fill(k * grain, part))
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let (counter, total) = (WorkCounter::new(work.len(), work.grain()), Mutex::new(work.empty()));
        self.crew(|| {
            let mut acc = work.empty();
            while let Some(items) = counter.next() {
                work.fold(&mut acc, items);
            }
            work.merge(&mut lock(&total), acc); // once per worker
        })?;
        Ok(total.into_inner().expect("a worker's panic does not reach this line"))
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        let grain = work.grain().max(1);
        self.walk(state.chunks_mut(grain), work.steps(), |k, part| work.step(k * grain, part))
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        buffers.iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let mut buffers = DoubleBuffer::new(buffers);
        let step = |_, part: &mut Piece<_>| part.step(|old, start, new| work.step(old, start, new));
        self.walk(buffers.cut(work.grain()), work.steps(), step)
    }

    /// Tickets are tasks, row by row, so a task's dependencies have lower tickets and are done or being done: waiting
    /// for each dependency by itself cannot deadlock, and rows overlap.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let (width, tasks) = (work.width(), work.width() * work.depth());
        let (gave, counter) = (Slots::new(tasks), WorkCounter::new(tasks, 1));
        self.crew(|| {
            for task in iter::from_fn(|| counter.next()).flatten() {
                let (row, column) = (task / width, task % width);
                let promise = gave.promise(iter::once(task)); // before `needs`, which may panic
                let needs = needs(&**work, row, column).map(|need| gave.wait(task - column - width + need));
                let value = work.run(row, column, needs);
                gave.set(task, value);
                promise.keep();
            }
        })?;
        gave.read_out(last_row);
        Ok(())
    }

    fn search<S: Search>(&self, _: &Arc<S>) -> Answer<S::Acc> {
        Err(No::Unfit(
            "a counter hands out work that is known in advance; nodes are found only by visiting others",
        ))
    }

    /// Parallel at the outer level only.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        self.each(out.iter_mut(), |outer, item| **item = make_item(&**work, outer))
    }

    /// The tickets go on from round to round: first those of the parts, then those of the merges.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let part = whole_share(work.len(), work.grain(), PARTS_PER_WORKER * self.workers);
        let rounds = Rounds::new(work.len(), part);
        let mut buffers = DoubleBuffer::new(rounds.ending_in(out, room));
        let pieces = buffers.cut(part).into_iter().map(|piece| (0, piece));
        self.walk(pieces, rounds.count(), |_, (round, piece)| {
            piece.step(|old, start, new| rounds.make(&**work, *round, old, start, new));
            *round += 1;
        })
    }
}

impl SelfScheduling {
    fn crew(&self, work: impl Fn() + Sync) -> Answer<()> {
        team::run((0..self.workers).map(|_| &work)).map(drop)
    }

    fn each<P: Send>(
        &self,
        parts: impl Iterator<Item = P>,
        work: impl Fn(usize, &mut P) + Sync,
    ) -> Answer<()> {
        let parts: Vec<_> = parts.map(Mutex::new).collect();
        let counter = WorkCounter::new(parts.len(), 1);
        self.crew(|| {
            for k in iter::from_fn(|| counter.next()).flatten() {
                work(k, &mut lock(&parts[k]));
            }
        })
    }

    /// One run of tickets over all steps. A ticket implies its step, and its worker waits until all
    /// tickets of earlier steps are done: a second counter is the barrier.
    fn walk<P: Send>(
        &self,
        parts: impl IntoIterator<Item = P>,
        steps: usize,
        step: impl Fn(usize, &mut P) + Sync,
    ) -> Answer<()> {
        let parts: Vec<_> = parts.into_iter().map(Mutex::new).collect();
        let counter = WorkCounter::new(parts.len() * steps, 1);
        // Padded: waiters read `done`, and should not slow down the threads that take tickets.
        let done = CachePadded::new(AtomicUsize::new(0));
        self.crew(|| {
            for ticket in iter::from_fn(|| counter.next()).flatten() {
                let (number, k) = (ticket / parts.len(), ticket % parts.len());
                let mut wait = Backoff::new(); // spins, then lets others run
                while done.load(Acquire) < number * parts.len() {
                    wait.wait(); // until the `Release` of the last `Done` of the step before
                }
                let _done = Done(&done);
                step(k, &mut lock(&parts[k]));
            }
        })
    }
}

/// Counts a piece as done when it is dropped, after a panic too, so that no worker waits for it forever.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Release); // pairs with the `Acquire` of the waiters
    }
}

/// A part that no other worker has; it is poisoned if the worker that had it in an earlier step panicked.
fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().expect("a piece has panicked, so the call does too")
}
