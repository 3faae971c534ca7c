//! A pool that steals: work is halved again and again, and idle workers steal halves from busy ones.
//!
//! ```
//! use rayon::prelude::*;
//!
//! fn squares(out: &mut [u64]) {
//!     out.par_iter_mut().enumerate().for_each(|(i, square)| *square = (i as u64).pow(2));
//! }
//!
//! let mut out = [0; 5];
//! squares(&mut out);
//! assert_eq!(out, [0, 1, 4, 9, 16]);
//! ```
//!
//! A `ThreadPool` fixes the number of workers; `install` enters it. Entering from outside costs some ten microseconds,
//! because a sleeping worker has to wake. The global pool, which the first call starts with a thread for each core,
//! costs the same to enter. The halving is A. Robison et al., "Optimization via Reflection on Work Stealing in TBB"
//! (2008); stealing goes back to Cilk.
//!
//! **Hold no lock across a parallel call.** A worker that waits for its halves takes other work meanwhile, possibly an
//! item that wants the lock that this thread already holds: then it waits for itself, and now and then the program
//! hangs. Release the lock first, or collect first and lock afterwards.

use crate::forks;
use crate::rayon_join::Stealing;
use ::rayon::prelude::*;
use ::rayon::{Scope, ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Technique,
    covers, dig, needs,
};
use std::error::Error;
use std::mem;
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// How many accumulators a worker may fill at most: enough to balance uneven work, few enough that
/// an accumulator may be a table of half a megabyte.
const SHARES_PER_WORKER: usize = 16;

/// How many nodes a task visits: some hundred microseconds, next to which the cost of a task vanishes.
const VISITS: usize = 10_000;

/// Rayon, in its own pool or in an existing one.
///
/// [`Technique::start`] makes a pool. A program that has one calls [`Rayon::in_pool`] or [`Rayon::in_current_pool`], so
/// that its own loops and these calls share threads:
///
/// ```
/// use parallax_pattern::{Execute, Map};
/// use parallax_threading::Rayon;
/// use std::sync::Arc;
///
/// struct Greetings { names: Vec<String> }
///
/// impl Map for Greetings {
///     type Item = String;
///     fn len(&self) -> usize { self.names.len() }
///     fn fill(&self, start: usize, out: &mut [String]) {
///         out.iter_mut().zip(&self.names[start..]).for_each(|(greeting, name)| *greeting = format!("hello {name}"));
///     }
/// }
///
/// let pool = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(2).build()?);
/// let work = Arc::new(Greetings { names: vec!["Ada".into(), "Alan".into()] });
/// let mut out = vec![String::new(); 2];
/// Rayon::in_pool(pool.clone()).map(&work, &mut out)?;
/// assert_eq!(out, ["hello Ada", "hello Alan"]);
/// pool.install(|| Rayon::in_current_pool()?.map(&work, &mut out))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Rayon {
    /// `None`: the pool that a call comes from.
    pool: Option<Arc<ThreadPool>>,
}

impl Rayon {
    /// Works in an existing pool.
    pub fn in_pool(pool: Arc<ThreadPool>) -> Self {
        Rayon { pool: Some(pool) }
    }

    /// Works in the pool that each call comes from; outside all pools, in rayon's global one.
    ///
    /// # Errors
    ///
    /// [`No::Unavailable`] if this is called outside of all pools, and the global one cannot be started.
    pub fn in_current_pool() -> Answer<Self> {
        if ::rayon::current_thread_index().is_none()
            && let Err(error) = ThreadPoolBuilder::new().build_global()
            && error.source().is_some()
        {
            return Err(no_pool(&error)); // an error without a source only means that the pool already exists
        }
        Ok(Rayon { pool: None })
    }

    /// Enters the pool once for the whole of `work`.
    pub(crate) fn install<A: Send>(&self, work: impl FnOnce() -> A + Send) -> A {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => ::rayon::scope(|_| work()),
        }
    }
}

impl Technique for Rayon {
    const CARD: Card = Card {
        name: "rayon",
        idea: "a kept pool whose idle workers steal halves of the work of busy ones",
        gives: "even finishing times from one line of code; iterators that compose and nest",
        costs: "a wake-up per call; which thread runs what differs from run to run",
        cores: Cores::Workers,
        libraries: &["rayon"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(Rayon::in_pool(pool(workers)?))
    }
}

impl Execute for Rayon {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let grain = work.grain().max(1);
        self.install(|| {
            out.par_chunks_mut(grain).enumerate().for_each(|(k, part)| work.fill(k * grain, part));
        });
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let (len, grain) = (work.len(), work.grain().max(1));
        let pieces = len.div_ceil(grain);
        let acc = self.install(|| {
            let shares = SHARES_PER_WORKER * ::rayon::current_num_threads();
            let split = (0..pieces).into_par_iter().with_min_len(pieces.div_ceil(shares));
            reduced(&**work, split.map(|k| k * grain..k * grain + grain.min(len - k * grain)))
        });
        Ok(acc)
    }

    /// The end of each parallel loop is the barrier.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        let grain = work.grain().max(1);
        self.install(|| {
            for _ in 0..work.steps() {
                let parts = state.par_chunks_mut(grain).enumerate();
                parts.for_each(|(k, part)| work.step(k * grain, part));
            }
        });
        Ok(())
    }

    fn stencil<S: Stencil>(&self, work: &Arc<S>, [mut old, mut new]: [&mut [S::Item]; 2]) -> Answer<()> {
        [&old, &new].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let grain = work.grain().max(1);
        self.install(|| {
            for _ in 0..work.steps() {
                let parts = new.par_chunks_mut(grain).enumerate();
                parts.for_each(|(k, part)| work.step(old, k * grain, part));
                mem::swap(&mut old, &mut new);
            }
        });
        Ok(())
    }

    /// A parallel loop for each row: rayon decides how many columns go together.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let mut before = last_row.to_vec();
        self.install(|| {
            for row in 0..work.depth() {
                last_row.par_iter_mut().enumerate().for_each(|(column, value)| {
                    *value =
                        work.run(row, column, needs(&**work, row, column).map(|need| before[need].clone()));
                });
                before.clone_from_slice(last_row);
            }
        });
        Ok(())
    }

    /// Spawned tasks instead of recursive calls: the tree is deeper than the stack.
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let accs = self.install(|| {
            let workers = 0..::rayon::current_num_threads();
            let accs: Vec<_> = workers.map(|_| Mutex::new(work.empty())).collect();
            ::rayon::scope(|s| explore(s, &**work, &accs, work.roots()));
            accs
        });
        let mut total = work.empty();
        for acc in accs {
            work.merge(&mut total, acc.into_inner().expect("a panic ends the scope before this"));
        }
        Ok(total)
    }

    /// Parallel at both levels, on the same threads: nested loops need no more of them.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        let pieces = work.shape().1;
        let grain = pieces.div_ceil(SHARES_PER_WORKER).max(1);
        let fold = |outer, items| {
            let mut acc = work.empty();
            work.fold(outer, &mut acc, items);
            acc
        };
        let together = |mut left, right| {
            work.merge(&mut left, right);
            left
        };
        self.install(|| {
            out.par_iter_mut().enumerate().for_each(|(outer, item)| {
                let shares = (0..pieces.div_ceil(grain)).into_par_iter();
                let ranges = shares.map(|k| k * grain..((k + 1) * grain).min(pieces));
                let acc = ranges.map(|items| fold(outer, items)).reduce_with(together);
                *item = work.finish(outer, acc.unwrap_or_else(|| work.empty()));
            });
        });
        Ok(())
    }

    /// Halves of halves by `join`, which suits the pool best: a half that is not stolen is a plain call.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        self.install(|| {
            forks::divide::<Stealing, D>(&mut (), work, ::rayon::current_num_threads(), [out, room])
        })
    }
}

/// Folds pieces into one accumulator per share, and merges these.
pub(crate) fn reduced<R: Reduce>(work: &R, pieces: impl ParallelIterator<Item = Range<usize>>) -> R::Acc {
    let fold = |mut acc, items| {
        work.fold(&mut acc, items);
        acc
    };
    let together = |mut left, right| {
        work.merge(&mut left, right);
        left
    };
    // Not `reduce`, which would make and merge an empty accumulator for every share.
    pieces.fold(|| work.empty(), fold).reduce_with(together).unwrap_or_else(|| work.empty())
}

/// A pool of as many threads as workers.
pub(crate) fn pool(workers: usize) -> Answer<Arc<ThreadPool>> {
    let pool = ThreadPoolBuilder::new().num_threads(workers.max(1)).build();
    Ok(Arc::new(pool.map_err(|error| no_pool(&error))?))
}

/// Rayon has already ended the threads that it could start.
fn no_pool(error: &ThreadPoolBuildError) -> No {
    No::Unavailable(format!("no pool of threads: {error}; use fewer --workers, or raise `ulimit -u`"))
}

/// Visits some of the open nodes, and leaves the others to two tasks.
fn explore<'s, S: Search>(s: &Scope<'s>, work: &'s S, accs: &'s [Mutex<S::Acc>], mut open: Vec<S::Node>) {
    let mut acc = work.empty(); // a local one: the workers' own are neighbours, and would share cache lines
    dig(work, &mut open, &mut acc, VISITS);
    let worker = ::rayon::current_thread_index().expect("tasks run in the pool");
    let Ok(mut all) = accs[worker].lock() else { return }; // a merge has panicked, so the scope does too
    work.merge(&mut all, acc);
    drop(all);
    if !open.is_empty() {
        let half = open.split_off(open.len() / 2);
        for open in [half, open] {
            s.spawn(move |s| explore(s, work, accs, open));
        }
    }
}
