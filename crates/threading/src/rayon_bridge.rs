//! Any iterator as a parallel loop: idle workers take its next item from behind a lock, in no order.
//!
//! ```
//! use rayon::prelude::*;
//!
//! let text = "one two three four";
//! let mut lengths: Vec<usize> = text.split(' ').par_bridge().map(str::len).collect(); // no length, no index
//! lengths.sort(); // they come as they are ready
//! assert_eq!(lengths, [3, 3, 4, 5]);
//! ```
//!
//! It is for what has no length and cannot be halved: lines of a file, a channel, a hash map of another crate. Here
//! the parts of an array stand for that: it is the locked queue of `scoped-dynamic`, on a pool that is kept. Where
//! items take less than a microsecond, the lock is what all workers wait for. Nobody knows which item is whose, so
//! neighbours part and results lose their order: what has a length is better off as a `par_iter`.

use crate::loops::{self, Loop};
use crate::rayon::{pool, reduced};
use ::rayon::ThreadPool;
use ::rayon::iter::{ParallelBridge, ParallelIterator};
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Technique,
    pieces,
};
use std::sync::Arc;

/// `par_bridge`, in a rayon pool of its own.
#[derive(Debug, Clone)]
pub struct RayonBridge {
    pool: Arc<ThreadPool>,
}

impl Technique for RayonBridge {
    const CARD: Card = Card {
        name: "rayon-bridge",
        idea: "a sequential iterator behind a lock, from which the workers of a rayon pool take one part at a time",
        gives: "a parallel loop over what has no length: lines, messages, other people's iterators",
        costs: "a lock per part; no order, and neighbours part; what has a length is better halved",
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

    /// A lock for each task, which may be shorter than the wait for it.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        self.pool.install(|| loops::graph(&mut Bridge, &**work, last_row))
    }

    fn search<S: Search>(&self, _: &Arc<S>) -> Answer<S::Acc> {
        Err(No::Unfit(
            "a bridge takes what an iterator gives, and nodes of a tree are found only by visiting others: spawn tasks, \
             as `rayon` does",
        ))
    }

    /// Parallel outside only.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        self.pool.install(|| loops::nest(&mut Bridge, &**work, out))
    }

    /// A loop for the parts, and one for each round in which neighbours are put together.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        let workers = self.pool.current_num_threads();
        self.pool.install(|| loops::divide(&mut Bridge, &**work, workers, [out, room]))
    }
}
