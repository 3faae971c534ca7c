//! Static shares: every thread gets an equal, contiguous part, and nothing is decided at run time.
//!
//! ```
//! use std::thread;
//!
//! fn squares(out: &mut [u64], workers: usize) {
//!     let share = out.len().div_ceil(workers).max(1);
//!     thread::scope(|s| {
//!         for (k, part) in out.chunks_mut(share).enumerate() {
//!             s.spawn(move || {
//!                 for (i, square) in part.iter_mut().enumerate() {
//!                     *square = ((k * share + i) as u64).pow(2);
//!                 }
//!             });
//!         }
//!     }); // the scope ends when its threads have, so they may borrow `out`
//! }
//!
//! let mut out = [0; 5];
//! squares(&mut out, 2);
//! assert_eq!(out, [0, 1, 4, 9, 16]);
//! ```

use crate::join::merged;
use crate::pool::shares;
use parallax_pattern::double_buffer::{DoubleBuffer, Piece};
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, Reduce, Rounds, Search, Stencil, Sweep,
    Technique, covers, dig, make_item, pieces, run_tasks, team, whole_share,
};
use std::collections::VecDeque;
use std::sync::{Arc, Barrier};

/// `std::thread::scope` with one share per worker.
#[derive(Debug, Clone, Copy)]
pub struct Scoped {
    workers: usize,
    /// Called first on each thread, with its number: does nothing, unless threads are pinned (`pinned`).
    settle: fn(usize),
}

impl Technique for Scoped {
    const CARD: Card = Card {
        name: "scoped",
        idea: "one thread and one equal, contiguous share per worker",
        gives: "no library, no hand-out, no shared state; each thread keeps its part of the cache",
        costs: "the slowest share sets the time; threads start on every call",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(Scoped::settled(workers, |_| ()))
    }
}

impl Execute for Scoped {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        self.spread(out, work.grain(), |start, part| work.fill(start, part))
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let fold = |items| {
            let mut acc = work.empty();
            work.fold(&mut acc, items);
            acc
        };
        let shares = pieces(work.len(), whole_share(work.len(), work.grain(), self.workers));
        let accs = self.team(shares.map(|items| move || fold(items)))?;
        Ok(merged(work.empty(), accs, |acc, other| work.merge(acc, other)))
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        let share = whole_share(state.len(), work.grain(), self.workers);
        let parts = state.chunks_mut(share).enumerate().collect();
        self.walk(parts, work.steps(), |_, (k, part)| work.step(*k * share, part))
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        buffers.iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let share = whole_share(work.len(), work.grain(), self.workers);
        let mut buffers = DoubleBuffer::new(buffers);
        let step = |_, part: &mut Piece<_>| part.step(|old, start, new| work.step(old, start, new));
        self.walk(buffers.cut(share), work.steps(), step)
    }

    /// Columns are shares, and a row is a step: the barrier comes after all tasks that the next row depends on.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let (share, mut other) = (whole_share(last_row.len(), 1, self.workers), last_row.to_vec());
        let mut rows = DoubleBuffer::ending_in(last_row, &mut other, work.depth());
        self.walk(rows.cut(share), work.depth(), |row, columns: &mut Piece<_>| {
            columns.step(|before, first, part| run_tasks(&**work, row, before, first, part));
        })
    }

    /// The nodes nearest to the roots are shared out, and a thread with a large subtree keeps it: stealing exists to
    /// avoid that loss.
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let (mut total, mut open) = (work.empty(), VecDeque::from(work.roots()));
        while open.len() < self.workers {
            let Some(node) = open.pop_front() else { break };
            work.visit(node, &mut total, |found| open.push_back(found));
        }
        let dig_all = |mut open| {
            let mut acc = work.empty();
            dig(&**work, &mut open, &mut acc, usize::MAX);
            acc
        };
        let (shares, dig_all) = (shares(open.into(), self.workers), &dig_all);
        let mut accs = self.team(shares.into_iter().map(|share| move || dig_all(share)))?;
        accs.push(total);
        Ok(merged(work.empty(), accs, |acc, other| work.merge(acc, other)))
    }

    /// Parallel at the outer level only.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        self.spread(out, 1, |start, part| {
            (start..).zip(part).for_each(|(outer, item)| *item = make_item(&**work, outer));
        })
    }

    /// A part for each worker, then rounds of merging neighbours in which each worker makes its share, so all have work
    /// in the last round too.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let share = whole_share(work.len(), work.grain(), self.workers);
        let rounds = Rounds::new(work.len(), share);
        let mut buffers = DoubleBuffer::new(rounds.ending_in(out, room));
        self.walk(buffers.cut(share), rounds.count(), |round, part: &mut Piece<_>| {
            part.step(|old, start, new| rounds.make(&**work, round, old, start, new));
        })
    }
}

impl Scoped {
    /// A `Scoped` whose threads begin with `settle`.
    pub(crate) fn settled(workers: usize, settle: fn(usize)) -> Self {
        Scoped { workers: workers.max(1), settle }
    }

    fn spread<T: Send>(
        &self,
        out: &mut [T],
        grain: usize,
        fill: impl Fn(usize, &mut [T]) + Sync,
    ) -> Answer<()> {
        let (share, fill) = (whole_share(out.len(), grain, self.workers), &fill);
        let parts = out.chunks_mut(share).enumerate();
        self.team(parts.map(|(k, part)| move || fill(k * share, part))).map(drop)
    }

    /// Runs each job on its own thread.
    fn team<A: Send, J: FnOnce() -> A + Send>(&self, jobs: impl Iterator<Item = J>) -> Answer<Vec<A>> {
        let settle = self.settle;
        team::run(jobs.enumerate().map(|(k, job)| {
            move || {
                settle(k);
                job()
            }
        }))
    }

    /// One set of threads for all steps, each with its own part, and a barrier between the steps.
    fn walk<P: Send>(&self, parts: Vec<P>, steps: usize, step: impl Fn(usize, &mut P) + Sync) -> Answer<()> {
        let (barrier, step, settle) = (Barrier::new(parts.len()), &step, self.settle);
        let walkers = parts.into_iter().enumerate().map(|(k, mut part)| {
            move |number| {
                if number == 0 {
                    settle(k);
                }
                step(number, &mut part);
            }
        });
        team::in_step(barrier, steps, walkers)
    }
}
