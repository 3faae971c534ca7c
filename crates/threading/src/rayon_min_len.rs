//! Halving that ends early: `with_min_len` leaves each worker one share, and nothing to steal.
//!
//! ```
//! use rayon::prelude::*;
//!
//! let mut out = [0; 1000];
//! out.par_iter_mut().with_min_len(250).enumerate().for_each(|(i, square)| *square = i * i); // four parts at most
//! assert_eq!(out[999], 998_001);
//! ```
//!
//! By default, rayon halves a loop once for each worker and again wherever a half is stolen, which balances uneven
//! work. `with_min_len` limits the halving. A small one keeps cheap items together (a fork takes some twenty
//! nanoseconds, which is much for one addition). One as long as a worker's share, as here, makes the split static, as
//! in `scoped`, but on kept threads, and with the same loss where items differ in cost. Halving makes powers of two, so
//! three workers share four parts. `with_max_len` is the opposite, and makes more forks than there are thieves:
//! `rayon-join` has one for each part.

use crate::loops::{self, Loop};
use crate::rayon::{pool, reduced};
use ::rayon::prelude::*;
use ::rayon::{ThreadPool, current_num_threads};
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Technique,
};
use std::sync::Arc;

/// `with_min_len`, at a worker's share of the loop, in its own rayon pool.
#[derive(Debug, Clone)]
pub struct RayonMinLen {
    pool: Arc<ThreadPool>,
}

impl Technique for RayonMinLen {
    const CARD: Card = Card {
        name: "rayon-min-len",
        idea: "a rayon loop that is not halved below one share for each worker: a static split on a kept pool",
        gives: "the fewest forks; neighbouring items stay together",
        costs: "nothing is left to steal, so the slowest share sets the time; shares are a power of two",
        cores: Cores::Workers,
        libraries: &["rayon"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(RayonMinLen { pool: pool(workers)? })
    }
}

/// How many of `parts` make a share, below which halving ends.
fn share(parts: usize) -> usize {
    (parts / current_num_threads().next_power_of_two()).max(1)
}

/// The loop itself.
struct Shares;

impl Loop for Shares {
    fn each<T: Send>(&mut self, grain: usize, out: &mut [T], body: &(impl Fn(usize, &mut [T]) + Sync)) {
        let grain = grain.max(1);
        let parts = out.par_chunks_mut(grain).enumerate();
        let share = share(parts.len());
        parts.with_min_len(share).for_each(|(k, part)| body(k * grain, part));
    }
}

impl Execute for RayonMinLen {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        self.pool.install(|| loops::map(&mut Shares, &**work, out))
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let (len, grain) = (work.len(), work.grain().max(1));
        let acc = self.pool.install(|| {
            let parts = (0..len.div_ceil(grain)).into_par_iter();
            let share = share(parts.len());
            let parts = parts.with_min_len(share);
            reduced(&**work, parts.map(|k| k * grain..k * grain + grain.min(len - k * grain)))
        });
        Ok(acc)
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        self.pool.install(|| loops::sweep(&mut Shares, &**work, state))
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        self.pool.install(|| loops::stencil(&mut Shares, &**work, buffers))
    }

    /// One fork for each worker and row, however short a task is.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        self.pool.install(|| loops::graph(&mut Shares, &**work, last_row))
    }

    fn search<S: Search>(&self, _: &Arc<S>) -> Answer<S::Acc> {
        Err(No::Unfit(
            "a minimum length is for loops, and the number of nodes of a tree is unknown before it is searched: spawn \
             tasks, as `rayon` does",
        ))
    }

    /// Parallel at the outer level only.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        self.pool.install(|| loops::nest(&mut Shares, &**work, out))
    }

    /// A loop over the parts, and one for each round of merging neighbours.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        let workers = self.pool.current_num_threads();
        self.pool.install(|| loops::divide(&mut Shares, &**work, workers, [out, room]))
    }
}
