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

use crate::join::{self, merged};
use parallax_suite::double_buffer::{DoubleBuffer, Piece};
use parallax_suite::lockstep::Lockstep;
use parallax_suite::pattern::{Graph, Map, Nest, Reduce, Search, Stencil, Sweep};
use parallax_suite::pattern::{dig, make_item, pieces, run_tasks};
use parallax_suite::question::{Answer, Card, Cores, Execute, Technique};
use std::collections::VecDeque;
use std::{sync::Arc, thread};

/// `std::thread::scope` with one share per worker.
#[derive(Debug, Clone, Copy)]
pub struct Scoped {
    workers: usize,
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
        Ok(Scoped { workers: workers.max(1) })
    }
}

impl Execute for Scoped {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        self.spread(out, |start, part| work.fill(start, part));
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let fold = |items| {
            let mut acc = work.empty();
            work.fold(&mut acc, items);
            acc
        };
        let shares = pieces(work.len(), self.share(work.len()));
        let accs = thread::scope(|s| join::all(shares.map(|items| s.spawn(move || fold(items))).collect()));
        Ok(merged(work.empty(), accs, |acc, other| work.merge(acc, other)))
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        let share = self.share(state.len());
        let parts = state.chunks_mut(share).enumerate().collect();
        self.walk(parts, work.steps(), |_, (k, part)| work.step(*k * share, part));
        Ok(())
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        let share = self.share(buffers[0].len());
        let mut buffers = DoubleBuffer::new(buffers);
        let step = |_, part: &mut Piece<_>| part.step(|old, start, new| work.step(old, start, new));
        self.walk(buffers.cut(share), work.steps(), step);
        Ok(())
    }

    /// Columns are shares, and a row is a step: what a task needs was done before the barrier.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        let (share, mut other) = (self.share(last_row.len()), last_row.to_vec());
        let mut rows = DoubleBuffer::ending_in(last_row, &mut other, work.depth());
        self.walk(rows.cut(share), work.depth(), |row, columns: &mut Piece<_>| {
            columns.step(|before, first, part| run_tasks(&**work, row, before, first, part));
        });
        Ok(())
    }

    /// The nodes nearest to the roots are shared out, and whoever gets a large subtree keeps it: the
    /// loss that stealing exists to avoid.
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
        let (nodes, dig_all) = (open.make_contiguous(), &dig_all);
        let mut accs = thread::scope(|s| {
            let shares = nodes.chunks(self.share(nodes.len())).map(<[_]>::to_vec);
            join::all(shares.map(|share| s.spawn(move || dig_all(share))).collect())
        });
        accs.push(total);
        Ok(merged(work.empty(), accs, |acc, other| work.merge(acc, other)))
    }

    /// Parallel outside only.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        self.spread(out, |start, part| {
            (start..).zip(part).for_each(|(outer, item)| *item = make_item(&**work, outer));
        });
        Ok(())
    }
}

impl Scoped {
    fn share(&self, len: usize) -> usize {
        len.div_ceil(self.workers).max(1)
    }

    fn spread<T: Send>(&self, out: &mut [T], fill: impl Fn(usize, &mut [T]) + Sync) {
        let (share, fill) = (self.share(out.len()), &fill);
        thread::scope(|s| {
            for (k, part) in out.chunks_mut(share).enumerate() {
                s.spawn(move || fill(k * share, part));
            }
        });
    }

    /// One set of threads for all steps, each with its own part, and a barrier between the steps.
    fn walk<P: Send>(&self, parts: Vec<P>, steps: usize, step: impl Fn(usize, &mut P) + Sync) {
        let (lockstep, step) = (&Lockstep::new(parts.len(), steps), &step);
        thread::scope(|s| {
            for mut part in parts {
                s.spawn(move || lockstep.walk(|number| step(number, &mut part)));
            }
        });
    }
}
