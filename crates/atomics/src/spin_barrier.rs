//! A barrier that spins: for steps so short that going to sleep would take longer.
//!
//! ```
//! use parallax_atomics::blocks::barrier::SpinBarrier;
//! use std::thread;
//!
//! fn doubled(state: &mut [u64], steps: usize, workers: usize) {
//!     let share = state.len().div_ceil(workers).max(1);
//!     let barrier = &SpinBarrier::new(state.len().div_ceil(share));
//!     thread::scope(|s| {
//!         for part in state.chunks_mut(share) {
//!             s.spawn(move || {
//!                 for _ in 0..steps {
//!                     part.iter_mut().for_each(|x| *x *= 2);
//!                     barrier.wait();
//!                 }
//!             });
//!         }
//!     });
//! }
//!
//! let mut state = [1, 2, 3];
//! doubled(&mut state, 3, 2);
//! assert_eq!(state, [8, 16, 24]);
//! ```
//!
//! Everything else is as in `scoped`, so the difference between the two is the barrier: some hundred nanoseconds
//! against some microseconds a step.

use crate::blocks::barrier::SpinBarrier as Barrier;
use parallax_pattern::double_buffer::{DoubleBuffer, Piece};
use parallax_pattern::lockstep::Meet;
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, No, Reduce, Rounds, Search, Stencil, Sweep,
    Technique, covers, run_tasks, team, whole_share,
};
use std::sync::Arc;

/// One share per worker, in steps that a spinning barrier keeps together.
#[derive(Debug, Clone, Copy)]
pub struct SpinBarrier {
    workers: usize,
}

impl Technique for SpinBarrier {
    const CARD: Card = Card {
        name: "spin-barrier",
        idea: "static shares in lockstep, with a barrier that spins instead of sleeping",
        gives: "steps of a few microseconds still scale",
        costs: "a waiting thread burns its core; with more threads than cores it is slower than sleeping",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(SpinBarrier { workers: workers.max(1) })
    }
}

impl Meet for Barrier {
    fn meet(&self) {
        self.wait();
    }
}

/// Work without steps does not need a barrier.
const ONCE: &str = "a barrier is of no use without steps; the rest would be static shares";

impl Execute for SpinBarrier {
    fn map<M: Map>(&self, _: &Arc<M>, _: &mut [M::Item]) -> Answer<()> {
        Err(No::Unfit(ONCE))
    }
    fn reduce<R: Reduce>(&self, _: &Arc<R>) -> Answer<R::Acc> {
        Err(No::Unfit(ONCE))
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        let share = whole_share(state.len(), work.grain(), self.workers);
        let parts = state.chunks_mut(share).enumerate().collect();
        walk(parts, work.steps(), |_, (k, part)| work.step(*k * share, part))
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        buffers.iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let share = whole_share(work.len(), work.grain(), self.workers);
        let mut buffers = DoubleBuffer::new(buffers);
        let step = |_, part: &mut Piece<_>| part.step(|old, start, new| work.step(old, start, new));
        walk(buffers.cut(share), work.steps(), step)
    }

    /// A row is a step.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let (share, mut other) = (whole_share(last_row.len(), 1, self.workers), last_row.to_vec());
        let mut rows = DoubleBuffer::ending_in(last_row, &mut other, work.depth());
        walk(rows.cut(share), work.depth(), |row, columns: &mut Piece<_>| {
            columns.step(|before, first, part| run_tasks(&**work, row, before, first, part));
        })
    }

    fn search<S: Search>(&self, _: &Arc<S>) -> Answer<S::Acc> {
        Err(No::Unfit("level by level, most levels of a deep tree would be too small to share"))
    }
    fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        Err(No::Unfit(ONCE))
    }

    /// The first step solves a part for each worker; every other step merges neighbours.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let share = whole_share(work.len(), work.grain(), self.workers);
        let rounds = Rounds::new(work.len(), share);
        let mut buffers = DoubleBuffer::new(rounds.ending_in(out, room));
        walk(buffers.cut(share), rounds.count(), |round, part: &mut Piece<_>| {
            part.step(|old, start, new| rounds.make(&**work, round, old, start, new));
        })
    }
}

fn walk<P: Send>(parts: Vec<P>, steps: usize, step: impl Fn(usize, &mut P) + Sync) -> Answer<()> {
    let (barrier, step) = (Barrier::new(parts.len()), &step);
    let walkers = parts.into_iter().map(|mut part| move |number| step(number, &mut part));
    team::in_step(barrier, steps, walkers)
}
