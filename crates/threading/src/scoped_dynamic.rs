//! Dynamic hand-out: a free worker takes the next piece, so a slow piece holds up only one thread.
//!
//! ```
//! use std::{sync::Mutex, thread};
//!
//! fn squares(out: &mut [u64], grain: usize, workers: usize) {
//!     let queue = Mutex::new(out.chunks_mut(grain).enumerate());
//!     // With `lock()` in the loop's head, the lock would be held through the loop's body.
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

use crate::join::merged;
use crate::pool::{Pool, VISITS};
use parallax_pattern::double_buffer::{DoubleBuffer, Piece};
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, Reduce, Rounds, Search, Stencil, Sweep,
    Technique, covers, dig, make_item, pieces, run_tasks, team, whole_share,
};
use std::sync::{Arc, Barrier, Mutex, MutexGuard};

/// Parts of an array for each worker, to even out the slow ones. More parts need more rounds of merging.
const PARTS_PER_WORKER: usize = 4;

/// `std::thread::scope` with a shared queue of pieces.
#[derive(Debug, Clone, Copy)]
pub struct ScopedDynamic {
    workers: usize,
}

impl Technique for ScopedDynamic {
    const CARD: Card = Card {
        name: "scoped-dynamic",
        idea: "a locked queue hands the next piece to any free worker",
        gives: "even finishing times for uneven items, without a library",
        costs: "a lock per piece; parts change threads, and so caches, between passes",
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
        covers(work.len(), out.len())?;
        let grain = work.grain().max(1);
        self.hand_out(out.chunks_mut(grain).enumerate(), |(k, part)| work.fill(k * grain, part))
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
        Ok(merged(work.empty(), self.crew(fold)?, |acc, other| work.merge(acc, other)))
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        let grain = work.grain().max(1);
        let parts = state.chunks_mut(grain).enumerate().collect();
        self.walk(parts, work.steps(), |_, (k, part)| work.step(*k * grain, part))
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        buffers.iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let mut buffers = DoubleBuffer::new(buffers);
        let step = |_, part: &mut Piece<_>| part.step(|old, start, new| work.step(old, start, new));
        self.walk(buffers.cut(work.grain()), work.steps(), step)
    }

    /// Row by row. Some columns go together, because a task may take less time than its hand-out.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let (grain, mut other) = (last_row.len().div_ceil(4 * self.workers), last_row.to_vec());
        let mut rows = DoubleBuffer::ending_in(last_row, &mut other, work.depth());
        self.walk(rows.cut(grain), work.depth(), |row, columns: &mut Piece<_>| {
            columns.step(|before, first, part| run_tasks(&**work, row, before, first, part));
        })
    }

    /// A queue that the workers fill themselves: a worker that sees it empty puts half of its nodes there.
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let pool = Pool::new(work.roots());
        let explore = || {
            let mut acc = work.empty();
            while let Some(mut batch) = pool.take() {
                while !batch.open.is_empty() {
                    dig(&**work, &mut batch.open, &mut acc, VISITS);
                    pool.feed(&mut batch.open);
                }
            }
            acc
        };
        Ok(merged(work.empty(), self.crew(explore)?, |acc, other| work.merge(acc, other)))
    }

    /// Parallel at the outer level only.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        let items = out.iter_mut().enumerate();
        self.hand_out(items, |(outer, item)| *item = make_item(&**work, outer))
    }

    /// Round by round: free workers solve parts, then merge pieces of neighbours.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let part = whole_share(work.len(), work.grain(), PARTS_PER_WORKER * self.workers);
        let rounds = Rounds::new(work.len(), part);
        let mut buffers = DoubleBuffer::new(rounds.ending_in(out, room));
        self.walk(buffers.cut(part), rounds.count(), |round, part: &mut Piece<_>| {
            part.step(|old, start, new| rounds.make(&**work, round, old, start, new));
        })
    }
}

impl ScopedDynamic {
    fn crew<A: Send>(&self, work: impl Fn() -> A + Sync) -> Answer<Vec<A>> {
        team::run((0..self.workers).map(|_| &work))
    }

    fn hand_out<I: Iterator + Send>(&self, pieces: I, work: impl Fn(I::Item) + Sync) -> Answer<()> {
        let queue = Mutex::new(pieces);
        let work_off = || {
            while let Some(piece) = next(&queue) {
                work(piece);
            }
        };
        self.crew(work_off).map(drop)
    }

    /// Two stacks: each step takes all parts off one and puts them, when done, on the other.
    fn walk<P: Send>(&self, parts: Vec<P>, steps: usize, step: impl Fn(usize, &mut P) + Sync) -> Answer<()> {
        let stacks = [Mutex::new(parts), Mutex::new(Vec::new())];
        let walk = |number: usize| {
            let [todo, done] = [&stacks[number % 2], &stacks[(number + 1) % 2]];
            while let Some(mut part) = pop(todo) {
                step(number, &mut part);
                lock(done).push(part);
            }
        };
        team::in_step(Barrier::new(self.workers), steps, (0..self.workers).map(|_| walk))
    }
}

/// The next piece, if any is left; the lock is held only while taking it.
fn next<I: Iterator>(queue: &Mutex<I>) -> Option<I::Item> {
    lock(queue).next()
}

fn pop<T>(stack: &Mutex<Vec<T>>) -> Option<T> {
    lock(stack).pop()
}

fn lock<T>(queue: &Mutex<T>) -> MutexGuard<'_, T> {
    queue.lock().expect("nobody can panic while taking or putting a piece")
}
