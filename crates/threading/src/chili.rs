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
//! A fork is a pointer pushed on a queue of the thread's own. Every hundred microseconds a thread of its
//! own sets a flag for each worker, and who sees it gives its oldest fork away: so the cost of sharing is a
//! fixed part of the work, however fine that is cut. The idea is U. Acar et al., "Heartbeat scheduling:
//! provable efficiency for nested parallelism" (2018). It answers recursion; a loop has to be halved by hand.
//!
//! chili 0.2.1 lets a panic of the second half leave a join while another thread may still run the first,
//! which borrows from it. So none gets that far here: `join` catches it, and passes it on when both are done.

use ::chili::{Config, Scope, ThreadPool};
use parallax_pattern::divide::{Fork, conquer};
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, Reduce, Search, Stencil, Sweep, Technique,
    covers, dig, run_tasks, team, whole_share,
};
use std::mem;
use std::num::NonZero;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// How many accumulators there may be for each worker: one may be a table of half a megabyte.
const SHARES_PER_WORKER: usize = 16;

/// Parts of an array for each worker: each beat shares a half, and more halves would be put together more often.
const PARTS_PER_WORKER: usize = 4;

/// How many nodes are visited between forks.
const VISITS: usize = 1000;

/// How deep forks of a search nest before each visits twice as many nodes as the one around it, which bounds the
/// stack. Only trees that are chains get this deep.
const NESTED: u32 = 200;

/// Chili, in a pool of its own or in one that is there already.
#[derive(Debug, Clone)]
pub struct Chili {
    pool: Arc<ThreadPool>,
    workers: usize,
}

impl Chili {
    /// Works in a pool that the program has already. A pool does not tell how many threads it has, so `workers` says it:
    /// a reduction makes some 16 accumulators for each.
    pub fn in_pool(pool: Arc<ThreadPool>, workers: usize) -> Self {
        Chili { pool, workers: workers.max(1) }
    }
}

impl Technique for Chili {
    const CARD: Card = Card {
        name: "chili",
        idea: "forks are calls, and the oldest of them is given away whenever a heartbeat comes",
        gives: "forks for nanoseconds: recursion can be cut as fine as it comes",
        costs: "a beat passes before work is shared; who waits for what it gave away does nothing else meanwhile",
        cores: Cores::Workers,
        libraries: &["chili"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        // chili panics where a thread cannot be started, and leaves the others waiting: so try with threads of our own.
        team::available(workers)?;
        let config = Config { thread_count: NonZero::new(workers), ..Config::default() };
        Ok(Chili::in_pool(Arc::new(ThreadPool::with_config(config)), workers))
    }
}

impl Execute for Chili {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        halves(&mut self.pool.scope(), work.grain(), 0, out, &|start, part| work.fill(start, part));
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let grain = whole_share(work.len(), work.grain(), SHARES_PER_WORKER * self.workers);
        let fold = |items| {
            let mut acc = work.empty();
            work.fold(&mut acc, items);
            acc
        };
        let merge = |acc: &mut _, other| work.merge(acc, other);
        Ok(folded(&mut self.pool.scope(), grain, 0..work.len(), &fold, &merge))
    }

    /// The end of the outermost join is the barrier.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        let mut scope = self.pool.scope();
        for _ in 0..work.steps() {
            halves(&mut scope, work.grain(), 0, state, &|start, part| work.step(start, part));
        }
        Ok(())
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, [mut old, mut new]: [&mut [S::Item]; 2]) -> Answer<()> {
        [&old, &new].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let mut scope = self.pool.scope();
        for _ in 0..work.steps() {
            halves(&mut scope, work.grain(), 0, new, &|start, part| work.step(old, start, part));
            mem::swap(&mut old, &mut new);
        }
        Ok(())
    }

    /// Each row is halved down to single tasks, since a fork costs less than the cheapest of them.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let mut scope = self.pool.scope();
        let mut before = last_row.to_vec();
        for row in 0..work.depth() {
            halves(&mut scope, 1, 0, last_row, &|column, part| {
                run_tasks(&**work, row, &before, column, part)
            });
            before.clone_from_slice(last_row);
        }
        Ok(())
    }

    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        Ok(explore(&mut self.pool.scope(), &**work, work.roots(), 0))
    }

    /// Forks within forks, outside and inside alike.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        let pieces = work.shape().1;
        let make = |scope: &mut Scope, outer, item: &mut [N::Item]| {
            let fold = |items| {
                let mut acc = work.empty();
                work.fold(outer, &mut acc, items);
                acc
            };
            let merge = |acc: &mut _, other| work.merge(acc, other);
            let grain = pieces.div_ceil(SHARES_PER_WORKER);
            item[0] = work.finish(outer, folded(scope, grain, 0..pieces, &fold, &merge));
        };
        forked(&mut self.pool.scope(), 1, 0, out, &make);
        Ok(())
    }

    /// The recursion that it answers: each half is a fork, and so is each half of what is put together.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let part = whole_share(work.len(), work.grain(), PARTS_PER_WORKER * self.workers);
        conquer::<_, Joins>(&**work, &mut self.pool.scope(), part, 0, [out, room]);
        Ok(())
    }
}

/// Both results, as [`Scope::join`] gives them; a panic leaves only when neither half runs any more.
fn join<A: Send, B: Send>(
    scope: &mut Scope,
    first: impl FnOnce(&mut Scope) -> A + Send,
    second: impl FnOnce(&mut Scope) -> B + Send,
) -> (A, B) {
    let (first, second) = scope.join(first, |scope| catch_unwind(AssertUnwindSafe(|| second(scope))));
    (first, second.unwrap_or_else(|panic| resume_unwind(panic)))
}

/// [`join`] for what gives nothing.
struct Joins;

impl Fork for Joins {
    type Scope<'s> = Scope<'s>;
    fn join(scope: &mut Scope, left: impl FnOnce(&mut Scope) + Send, right: impl FnOnce(&mut Scope) + Send) {
        join(scope, left, right);
    }
}

/// Gives `make` each part of at most `grain` items, which begins at item `start` and may fork on its own.
fn forked<T: Send>(
    scope: &mut Scope,
    grain: usize,
    start: usize,
    out: &mut [T],
    make: &(impl Fn(&mut Scope, usize, &mut [T]) + Sync),
) {
    let parts = out.len().div_ceil(grain.max(1));
    if parts <= 1 {
        if !out.is_empty() {
            make(scope, start, out);
        }
        return;
    }
    let middle = parts / 2 * grain.max(1);
    let (left, right) = out.split_at_mut(middle);
    let left = |scope: &mut Scope| forked(scope, grain, start, left, make);
    join(scope, left, |scope| forked(scope, grain, start + middle, right, make));
}

/// The same for parts that do not fork.
fn halves<T: Send>(
    scope: &mut Scope,
    grain: usize,
    start: usize,
    out: &mut [T],
    make: &(impl Fn(usize, &mut [T]) + Sync),
) {
    forked(scope, grain, start, out, &|_: &mut Scope, start, part: &mut [T]| make(start, part));
}

/// Folds parts of at most `grain` items, and merges what becomes of them.
fn folded<A: Send>(
    scope: &mut Scope,
    grain: usize,
    items: Range<usize>,
    fold: &(impl Fn(Range<usize>) -> A + Sync),
    merge: &(impl Fn(&mut A, A) + Sync),
) -> A {
    let parts = items.len().div_ceil(grain.max(1));
    if parts <= 1 {
        return fold(items);
    }
    let middle = items.start + parts / 2 * grain.max(1);
    let (left, right) = (items.start..middle, middle..items.end);
    let left = |scope: &mut Scope| folded(scope, grain, left, fold, merge);
    let (mut acc, other) = join(scope, left, |scope| folded(scope, grain, right, fold, merge));
    merge(&mut acc, other);
    acc
}

/// Visits some of the open nodes, and forks the others into two halves.
fn explore<S: Search>(scope: &mut Scope, work: &S, mut open: Vec<S::Node>, nested: u32) -> S::Acc {
    let mut acc = work.empty();
    dig(work, &mut open, &mut acc, VISITS << nested.saturating_sub(NESTED).min(40));
    if !open.is_empty() {
        let half = open.split_off(open.len() / 2);
        let left = |scope: &mut Scope| explore(scope, work, half, nested + 1);
        let (left, right) = join(scope, left, |scope| explore(scope, work, open, nested + 1));
        work.merge(&mut acc, left);
        work.merge(&mut acc, right);
    }
    acc
}
