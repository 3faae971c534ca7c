//! Threads that steal tasks from each other, and a second pool for whatever would block them.
//!
//! ```
//! use std::time::Duration;
//! use tokio::runtime::Builder;
//! use tokio::task::JoinSet;
//!
//! let runtime =
//!     Builder::new_multi_thread().worker_threads(2).max_blocking_threads(2).enable_time().build()?;
//! let squares = runtime.block_on(async {
//!     let mut jobs = JoinSet::new();
//!     for x in 0..5u64 {
//!         jobs.spawn(async move {
//!             tokio::time::sleep(Duration::from_millis(1)).await; // all five wait at once
//!             // Computing goes to threads that may block; it must own what it needs.
//!             tokio::task::spawn_blocking(move || x * x).await.unwrap()
//!         });
//!     }
//!     jobs.join_all().await // in the order of completion; a panic goes on here
//! });
//! assert_eq!(squares.iter().sum::<u64>(), 30);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Timers are kept in a wheel of milliseconds and round up, so a wait of 3 ms takes more than 4: of no
//! account for a timeout, a quarter of the time where waits follow each other. The scheduler is
//! explained in C. Lerche, "Making the Tokio scheduler 10x faster" (2019).

use crate::{CAPACITY, NO_NEST, NO_STENCIL, NO_SWEEP};
use crate::{columns::Columns, explore, grains, lanes, lanes::Lanes, mpsc, runtime::Runtime};
use ::tokio::{
    runtime::Builder,
    task::{JoinHandle, JoinSet},
    time,
};
use parallax_pattern::{Answer, Await, Card, Cores, Exchange, Execute, Technique};
use parallax_pattern::{Channel, Graph, Map, Nest, Reduce, Search, Stencil, Sweep, Wait, covers, pieces};
use parallax_pattern::{Sequential, within::Within};
use std::{panic::resume_unwind, sync::Arc};

/// A tokio runtime of several threads.
#[derive(Debug)]
pub struct Tokio {
    runtime: Runtime,
    workers: usize,
}

impl Technique for Tokio {
    const CARD: Card = Card {
        name: "tokio",
        idea: "tasks on a few threads that steal from each other; computing on a pool beside them",
        gives: "thousands of waits on a few threads, and nearly every library",
        costs: "tasks must be Send and own what they use; outputs are copied; timers tick in milliseconds",
        cores: Cores::Workers,
        libraries: &["tokio"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(workers).max_blocking_threads(workers).enable_time();
        Ok(Tokio { runtime: Runtime::start(2 * workers, &mut builder)?, workers })
    }
}

impl Execute for Tokio {
    /// A blocking job for each grain; the pool's queue is what balances them.
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let Some(within) = Within::enter(self) else { return Sequential.map(work, out) };
        let mut jobs = JoinSet::new();
        for piece in pieces(out.len(), work.grain()) {
            let (work, within) = (work.clone(), within.clone());
            let fill = move || within.run(|| grains::fill(&*work, piece));
            jobs.spawn_blocking_on(fill, self.runtime.handle());
        }
        self.runtime.block_on(within, async {
            while let Some(job) = jobs.join_next().await {
                finished(job).put(out);
            }
        })
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let Some(within) = Within::enter(self) else { return Sequential.reduce(work) };
        let queue = Arc::new(grains::Grains::new(&**work));
        let mut jobs = JoinSet::new();
        for _ in 0..self.workers {
            let (work, queue, within) = (work.clone(), queue.clone(), within.clone());
            let fold = move || within.run(|| grains::fold(&*work, &queue));
            jobs.spawn_blocking_on(fold, self.runtime.handle());
        }
        Ok(grains::merge(&**work, self.runtime.block_on(within, jobs.join_all())?))
    }

    fn sweep<S: Sweep>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(NO_SWEEP)
    }

    fn stencil<S: Stencil>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(NO_STENCIL)
    }

    fn graph<G: Graph>(&self, work: &Arc<G>, out: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), out.len())?;
        let Some(within) = Within::enter(self) else { return Sequential.graph(work, out) };
        graph(&self.runtime, within, work, out)
    }

    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let Some(within) = Within::enter(self) else { return Sequential.search(work) };
        search(&self.runtime, within, self.workers, work)
    }

    fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        Err(NO_NEST)
    }
}

impl<C: Channel> Exchange<C> for Tokio {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        work.shape().checked()?;
        let Some(within) = Within::enter(self) else { return Sequential.channel(work) };
        channel(&self.runtime, within, work, CAPACITY)
    }
}

impl<W: Wait> Await<W> for Tokio {
    /// What follows a wait is done where the wait ended, while others' waits may end too.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let Some(within) = Within::enter(self) else { return Sequential.wait(work, out) };
        wait(&self.runtime, within, work, out)
    }
}

/// A task for each column, which awaits what it needs.
pub(crate) fn graph<G: Graph>(
    runtime: &Runtime,
    within: Within,
    work: &Arc<G>,
    out: &mut [G::Value],
) -> Answer<()> {
    let columns = Columns::new(work);
    let mut walks = JoinSet::new();
    for column in 0..work.width() {
        walks.spawn_on(within.clone().wrap(columns.walk(column)), runtime.handle());
    }
    runtime.block_on(within, walks.join_all())?;
    columns.last_row(out);
    Ok(())
}

/// A task for each walk, and the calling thread to split what walks leave over.
pub(crate) fn search<S: Search>(
    runtime: &Runtime,
    within: Within,
    workers: usize,
    work: &Arc<S>,
) -> Answer<S::Acc> {
    let inside = within.clone();
    let spawn = |open| {
        let work = work.clone();
        let walk = inside.clone().wrap(async move { explore::walk(&*work, open) });
        let walk = runtime.handle().spawn(walk);
        async { finished(walk.await) }
    };
    runtime.block_on(within, explore::explore(&**work, workers, spawn))
}

/// A task for each producer and each consumer.
pub(crate) fn channel<C: Channel>(
    runtime: &Runtime,
    within: Within,
    work: &Arc<C>,
    capacity: usize,
) -> Answer<Vec<C::Tally>> {
    let sides = mpsc::sides(work, capacity).into_iter();
    let spawn = |side: mpsc::Side<C>| runtime.handle().spawn(within.clone().wrap(side.run()));
    let tasks: Vec<JoinHandle<_>> = sides.map(spawn).collect();
    let tallies = runtime.block_on(within, all(tasks))?;
    Ok(tallies.into_iter().flatten().collect())
}

/// A task for each lane of waits.
pub(crate) fn wait<W: Wait>(runtime: &Runtime, within: Within, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
    let mut tasks = JoinSet::new();
    for lane in Lanes::of(work) {
        tasks.spawn_on(within.clone().wrap(lane.drive(time::sleep)), runtime.handle());
    }
    let results = runtime.block_on(within, tasks.join_all())?;
    results.into_iter().for_each(|results| lanes::place(results, out));
    Ok(())
}

/// What the tasks give, in their order; the panic of one goes on here.
pub(crate) async fn all<T>(tasks: Vec<JoinHandle<T>>) -> Vec<T> {
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(finished(task.await));
    }
    results
}

/// What a task gave; its panic goes on in the caller.
pub(crate) fn finished<T>(task: Result<T, ::tokio::task::JoinError>) -> T {
    task.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(cancelled) => panic!("{cancelled}, though the runtime still runs"),
    })
}
