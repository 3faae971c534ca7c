//! A fork for each half, by hand: `rayon::join` offers the second half to thieves while it makes the first.
//!
//! ```
//! fn sum(numbers: &[u64]) -> u64 {
//!     if numbers.len() <= 1000 {
//!         return numbers.iter().sum(); // a fork must be worth its cost
//!     }
//!     let (left, right) = numbers.split_at(numbers.len() / 2);
//!     let (left, right) = rayon::join(|| sum(left), || sum(right));
//!     left + right
//! }
//!
//! assert_eq!(sum(&vec![1; 10_000]), 10_000);
//! ```
//!
//! This is what rayon's loops are made of. They stop halving when no worker steals; a recursion goes on to its end, and
//! so forks for every part. A fork that is not stolen is a push and a pop on the worker's own queue, some twenty
//! nanoseconds, of which `chili` saves most: the same recursion, shared only on a heartbeat. It suits divide and
//! conquer (sorting, trees, matrices by blocks), where the algorithm itself halves. R. Blumofe and C. Leiserson,
//! "Scheduling multithreaded computations by work stealing" (1999).

use crate::forks::{self, Halves};
use crate::loops;
use crate::rayon::pool;
use ::rayon::ThreadPool;
use parallax_pattern::divide::Fork;
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Technique,
};
use std::sync::Arc;

/// `rayon::join`, in its own pool.
#[derive(Debug, Clone)]
pub struct RayonJoin {
    pool: Arc<ThreadPool>,
}

impl Technique for RayonJoin {
    const CARD: Card = Card {
        name: "rayon-join",
        idea: "recursion by hand: each half is forked, down to single parts, and idle workers steal the oldest fork",
        gives: "divide and conquer as it is written; all parts can be stolen at any time",
        costs: "a fork for every part, stolen or not, where rayon's loops stop halving",
        cores: Cores::Workers,
        libraries: &["rayon"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(RayonJoin { pool: pool(workers)? })
    }
}

/// A fork that other workers can steal.
pub(crate) struct Stealing;

impl Fork for Stealing {
    type Scope<'s> = ();

    fn join<A: Send, B: Send>(
        (): &mut (),
        first: impl FnOnce(&mut ()) -> A + Send,
        second: impl FnOnce(&mut ()) -> B + Send,
    ) -> (A, B) {
        ::rayon::join(|| first(&mut ()), || second(&mut ()))
    }
}

impl Execute for RayonJoin {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        self.pool.install(|| loops::map(&mut Halves::<Stealing>(&mut ()), &**work, out))
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let workers = self.pool.current_num_threads();
        Ok(self.pool.install(|| forks::reduce::<Stealing, R>(&mut (), work, workers)))
    }

    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        self.pool.install(|| loops::sweep(&mut Halves::<Stealing>(&mut ()), &**work, state))
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        self.pool.install(|| loops::stencil(&mut Halves::<Stealing>(&mut ()), &**work, buffers))
    }

    /// A fork for each task.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        self.pool.install(|| loops::graph(&mut Halves::<Stealing>(&mut ()), &**work, last_row))
    }

    fn search<S: Search>(&self, _: &Arc<S>) -> Answer<S::Acc> {
        Err(No::Unfit(
            "a join that waits runs other forks on top of its own stack, and for a tree of unknown depth no stack is \
             deep enough: spawn tasks with `scope` and `spawn`, as `rayon` does",
        ))
    }

    /// Forks within forks, at the outer and the inner level alike.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        self.pool.install(|| forks::nest::<Stealing, N>(&mut (), work, out))
    }

    /// The pattern that `join` is made for.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        let workers = self.pool.current_num_threads();
        self.pool.install(|| forks::divide::<Stealing, D>(&mut (), work, workers, [out, room]))
    }
}
