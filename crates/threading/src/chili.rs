//! A heartbeat scheduler: a fork runs as an ordinary call, unless a periodic signal tells the worker to share one.
//!
//! ```
//! use chili::{Scope, ThreadPool};
//!
//! fn sum(scope: &mut Scope, numbers: &[u64]) -> u64 {
//!     if numbers.len() < 2 {
//!         return numbers.iter().sum();
//!     }
//!     let (left, right) = numbers.split_at(numbers.len() / 2);
//!     let (left, right) = scope.join(|scope| sum(scope, left), |scope| sum(scope, right));
//!     left + right
//! }
//!
//! assert_eq!(sum(&mut ThreadPool::new().scope(), &[1, 2, 3, 4, 5]), 15);
//! ```
//!
//! A fork is a pointer pushed on the thread's own queue. Every hundred microseconds a separate thread sets a flag for
//! each worker, and a worker that sees its flag gives its oldest fork away: so the cost of sharing is a fixed part of
//! the work, however fine that is cut. The idea is U. Acar et al., "Heartbeat scheduling: provable efficiency for
//! nested parallelism" (2018). It is made for recursion; a loop has to be halved by hand.
//!
//! chili 0.2.1 lets a panic of the second half leave a join while another thread may still run the first, which borrows
//! from it. So `join` here catches every panic, and passes it on when both halves are done.

use crate::forks::{self, Halves};
use crate::loops;
use ::chili::{Config, Scope, ThreadPool};
use parallax_pattern::divide::Fork;
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, Reduce, Search, Stencil, Sweep, Technique, dig,
    team,
};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// How many nodes are visited between forks.
const VISITS: usize = 1000;

/// How deep the forks of a search nest before each visits twice as many nodes as its parent, which bounds the stack.
/// Only trees that are chains get this deep.
const NESTED: u32 = 200;

/// Chili, in its own pool or in an existing one.
#[derive(Debug, Clone)]
pub struct Chili {
    pool: Arc<ThreadPool>,
    workers: usize,
}

impl Chili {
    /// Works in an existing pool. A pool does not say how many threads it has, so `workers` does: a reduction makes
    /// some 16 accumulators for each.
    pub fn in_pool(pool: Arc<ThreadPool>, workers: usize) -> Self {
        Chili { pool, workers: workers.max(1) }
    }
}

impl Technique for Chili {
    const CARD: Card = Card {
        name: "chili",
        idea: "forks are calls, and the oldest of them is given away whenever a heartbeat comes",
        gives: "forks that cost nanoseconds: recursion may be cut to any grain",
        costs: "a beat passes before work is shared; a thread that waits for a fork it gave away idles",
        cores: Cores::Workers,
        libraries: &["chili"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        // chili panics if a thread cannot be started, and leaves the others waiting: so try with our own threads first.
        team::available(workers)?;
        let config = Config { thread_count: NonZero::new(workers), ..Config::default() };
        Ok(Chili::in_pool(Arc::new(ThreadPool::with_config(config)), workers))
    }
}

impl Execute for Chili {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        loops::map(&mut Halves::<Heartbeat>(&mut self.pool.scope()), &**work, out)
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        Ok(forks::reduce::<Heartbeat, R>(&mut self.pool.scope(), work, self.workers))
    }

    /// The end of the outermost join is the barrier.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        loops::sweep(&mut Halves::<Heartbeat>(&mut self.pool.scope()), &**work, state)
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        loops::stencil(&mut Halves::<Heartbeat>(&mut self.pool.scope()), &**work, buffers)
    }

    /// Each row is halved down to single tasks, since a fork costs less than the cheapest of them.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        loops::graph(&mut Halves::<Heartbeat>(&mut self.pool.scope()), &**work, last_row)
    }

    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        Ok(explore(&mut self.pool.scope(), &**work, work.roots(), 0))
    }

    /// Forks within forks, at the outer and the inner level alike.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        forks::nest::<Heartbeat, N>(&mut self.pool.scope(), work, out)
    }

    /// The recursion that forks are made for: one fork for each half of the array, and for each half of a merge.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        forks::divide::<Heartbeat, D>(&mut self.pool.scope(), work, self.workers, [out, room])
    }
}

/// A fork that is given away after a heartbeat.
struct Heartbeat;

impl Fork for Heartbeat {
    type Scope<'s> = Scope<'s>;

    /// As [`Scope::join`], except that a panic leaves only when neither half runs any more.
    fn join<A: Send, B: Send>(
        scope: &mut Scope,
        first: impl FnOnce(&mut Scope) -> A + Send,
        second: impl FnOnce(&mut Scope) -> B + Send,
    ) -> (A, B) {
        let (first, second) = scope.join(first, |scope| catch_unwind(AssertUnwindSafe(|| second(scope))));
        (first, second.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

/// Visits some of the open nodes, and forks the others into two halves.
fn explore<S: Search>(scope: &mut Scope, work: &S, mut open: Vec<S::Node>, nested: u32) -> S::Acc {
    let mut acc = work.empty();
    dig(work, &mut open, &mut acc, VISITS << nested.saturating_sub(NESTED).min(40));
    if !open.is_empty() {
        let half = open.split_off(open.len() / 2);
        let left = |scope: &mut Scope| explore(scope, work, half, nested + 1);
        let (left, right) = Heartbeat::join(scope, left, |scope| explore(scope, work, open, nested + 1));
        work.merge(&mut acc, left);
        work.merge(&mut acc, right);
    }
    acc
}
