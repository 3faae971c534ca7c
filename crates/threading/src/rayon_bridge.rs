//! Any iterator as a parallel loop: idle workers take its next item from behind a lock, in no order.
//!
//! ```
//! use rayon::prelude::*;
//!
//! let text = "one two three four";
//! let mut lengths: Vec<usize> = text.split(' ').par_bridge().map(str::len).collect(); // no length, no index
//! lengths.sort(); // they come in the order of completion
//! assert_eq!(lengths, [3, 3, 4, 5]);
//! ```
//!
//! It is for iterators that have no length and cannot be halved: lines of a file, a channel, a hash map of another
//! crate. Here the parts of an array represent them: this is the locked queue of `scoped-dynamic`, on a kept pool.
//! Where items take less than a microsecond, all workers wait for the lock. Neighbouring items go to different workers
//! and results lose their order, so use `par_iter` where there is a length.

use crate::loops::{self, Loop};
use crate::rayon::{pool, reduced};
use ::rayon::ThreadPool;
use ::rayon::iter::{ParallelBridge, ParallelIterator};
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Technique,
    pieces,
};
use std::sync::Arc;

/// `par_bridge`, in its own rayon pool.
#[derive(Debug, Clone)]
pub struct RayonBridge {
    pool: Arc<ThreadPool>,
}

impl Technique for RayonBridge {
    const CARD: Card = Card {
        name: "rayon-bridge",
        idea: "a sequential iterator behind a lock, from which the workers of a rayon pool take one part at a time",
        gives: "a parallel loop over iterators without a length: lines, messages, those of other crates",
        costs: "a lock per part; no order; neighbours go to different workers; halving is better if there is a length",
        cores: Cores::Workers,
        libraries: &["rayon"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(RayonBridge { pool: pool(workers)? })
    }
}

/// The loop itself.
struct Bridge;

impl Loop for Bridge {
    fn each<T: Send>(&mut self, grain: usize, out: &mut [T], body: &(impl Fn(usize, &mut [T]) + Sync)) {
        let grain = grain.max(1);
        out.chunks_mut(grain).enumerate().par_bridge().for_each(|(k, part)| body(k * grain, part));
    }
}

impl Execute for RayonBridge {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        self.pool.install(|| loops::map(&mut Bridge, &**work, out))
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        Ok(self.pool.install(|| reduced(&**work, pieces(work.len(), work.grain()).par_bridge())))
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        self.pool.install(|| loops::sweep(&mut Bridge, &**work, state))
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        self.pool.install(|| loops::stencil(&mut Bridge, &**work, buffers))
    }

    /// A lock for each task, which may take less time than the wait for the lock.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        self.pool.install(|| loops::graph(&mut Bridge, &**work, last_row))
    }

    fn search<S: Search>(&self, _: &Arc<S>) -> Answer<S::Acc> {
        Err(No::Unfit(
            "a bridge needs an iterator, and nodes of a tree are found only by visiting others: spawn tasks, \
             as `rayon` does",
        ))
    }

    /// Parallel at the outer level only.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        self.pool.install(|| loops::nest(&mut Bridge, &**work, out))
    }

    /// A loop over the parts, and one for each round of merging neighbours.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        let workers = self.pool.current_num_threads();
        self.pool.install(|| loops::divide(&mut Bridge, &**work, workers, [out, room]))
    }
}
