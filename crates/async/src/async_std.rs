//! One runtime for the whole process, with the names of `std`: discontinued, and kept here for comparison.
//!
//! ```
//! use async_std::task;
//! use std::time::Duration;
//!
//! let squares: Vec<u64> = task::block_on(async {
//!     let tasks: Vec<_> = (0..5)
//!         .map(|x| {
//!             task::spawn(async move {
//!                 task::sleep(Duration::from_millis(1)).await; // all five wait at once
//!                 task::spawn_blocking(move || x * x).await // on a thread that may block
//!             })
//!         })
//!         .collect(); // a task that is dropped goes on, and nobody hears of it
//!     let mut squares = Vec::new();
//!     for task in tasks {
//!         squares.push(task.await);
//!     }
//!     squares
//! });
//! assert_eq!(squares, [0, 1, 4, 9, 16]);
//! ```
//!
//! Take [`Smol`](crate::Smol): RUSTSEC-2025-0052 says so, and since version 1.7 async-std stands on
//! the same executor and the same timers. What it adds is the hidden start of a runtime that nobody
//! owns: its threads serve everyone in the process and never end, so `start` sets how many there are
//! for all.

use crate::{CAPACITY, NO_NEST, NO_STENCIL, NO_SWEEP};
use crate::{columns::Columns, explore, grains, lanes, lanes::Lanes, mpmc, threads};
use ::async_std::task::{self, JoinHandle, block_on, spawn_blocking};
use async_global_executor::{GlobalExecutorConfig, init_with_config, spawn_more_threads, stop_thread};
use futures_util::stream::{self, FuturesUnordered, StreamExt};
use parallax_pattern::{Answer, Await, Card, Cores, Exchange, Execute, No, Technique};
use parallax_pattern::{Channel, Graph, Map, Nest, Reduce, Search, Stencil, Sweep, Wait, covers, pieces};
use parallax_pattern::{Sequential, within::Within};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// The process's async-std runtime, set to a number of threads.
#[derive(Debug)]
pub struct AsyncStd {
    workers: usize,
}

/// How many threads the runtime has: at least one, as long as the process lives.
static THREADS: Mutex<usize> = Mutex::new(1);

impl Technique for AsyncStd {
    const CARD: Card = Card {
        name: "async-std",
        idea: "the functions of std as async ones, on a runtime that starts itself",
        gives: "nothing to set up; discontinued: take smol",
        costs: "one runtime for all, which cannot be owned, named or stopped; computed outputs are copied",
        cores: Cores::Workers,
        libraries: &["async-std", "async-global-executor"],
        source: file!(),
    };
    /// Before async-std's own start, which would take as many threads as there are cores for good.
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        if Within::enter(&THREADS).is_none() {
            return Err(No::failed(
                "it has one runtime, and one of its threads asks for another: start it outside",
            ));
        }
        let mut running = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
        // those that are missing, the blocking ones, and the one that waits for timers
        threads::available(workers.saturating_sub(*running) + workers + 1)?;
        init_with_config(GlobalExecutorConfig::default().with_min_threads(1).with_max_threads(1 << 16));
        while *running > workers {
            block_on(stop_thread());
            *running -= 1;
        }
        while *running < workers {
            let more = block_on(spawn_more_threads(1));
            *running += more.map_err(|error| threads::refused(*running, workers, &error))?;
        }
        Ok(AsyncStd { workers })
    }
}

impl Execute for AsyncStd {
    /// At most a piece per worker is with the blocking threads; who has done one waits for the caller.
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let Some(within) = Within::enter(&THREADS) else { return Sequential.map(work, out) };
        let fill = |piece: Range<usize>| {
            let (work, within) = (work.clone(), within.clone());
            spawn_blocking(move || within.run(|| grains::fill(&*work, piece)))
        };
        let pieces = stream::iter(pieces(out.len(), work.grain()));
        let mut parts = pieces.map(fill).buffer_unordered(self.workers);
        block_on(async {
            while let Some(part) = parts.next().await {
                part.put(out);
            }
        });
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let Some(within) = Within::enter(&THREADS) else { return Sequential.reduce(work) };
        let queue = Arc::new(grains::Grains::new(&**work));
        let fold = |_| {
            let (work, queue, within) = (work.clone(), queue.clone(), within.clone());
            spawn_blocking(move || within.run(|| grains::fold(&*work, &queue)))
        };
        let folds: FuturesUnordered<_> = (0..self.workers).map(fold).collect();
        Ok(grains::merge(&**work, block_on(folds.collect::<Vec<_>>())))
    }

    fn sweep<S: Sweep>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(NO_SWEEP)
    }

    fn stencil<S: Stencil>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(NO_STENCIL)
    }

    /// A task for each column, which awaits what it needs.
    fn graph<G: Graph>(&self, work: &Arc<G>, out: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), out.len())?;
        let Some(within) = Within::enter(&THREADS) else { return Sequential.graph(work, out) };
        let columns = Columns::new(work);
        let walk = |column| task::spawn(within.clone().wrap(columns.walk(column)));
        block_on(all((0..work.width()).map(walk).collect()));
        columns.last_row(out);
        Ok(())
    }

    /// A task for each walk, and the calling thread to split what walks leave over.
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let Some(within) = Within::enter(&THREADS) else { return Sequential.search(work) };
        let spawn = |open| {
            let work = work.clone();
            task::spawn(within.clone().wrap(async move { explore::walk(&*work, open) }))
        };
        Ok(block_on(explore::explore(&**work, self.workers, spawn)))
    }

    fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        Err(NO_NEST)
    }
}

impl<C: Channel> Exchange<C> for AsyncStd {
    /// A task for each producer and each consumer.
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        work.shape().checked()?;
        let Some(within) = Within::enter(&THREADS) else { return Sequential.channel(work) };
        let sides = mpmc::sides(work, CAPACITY).into_iter();
        let tasks = sides.map(|side| task::spawn(within.clone().wrap(side.run()))).collect();
        Ok(block_on(all(tasks)).into_iter().flatten().collect())
    }
}

impl<W: Wait> Await<W> for AsyncStd {
    /// What follows a wait is done where the wait ended, while others' waits may end too.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let Some(within) = Within::enter(&THREADS) else { return Sequential.wait(work, out) };
        let drive = |lane: Arc<Lanes<W>>| task::spawn(within.clone().wrap(lane.drive(task::sleep)));
        let tasks = Lanes::of(work).into_iter().map(drive).collect();
        block_on(all(tasks)).into_iter().for_each(|results| lanes::place(results, out));
        Ok(())
    }
}

/// What the tasks give, in their order; the panic of one goes on here, and the others go on unheard.
async fn all<T>(tasks: Vec<JoinHandle<T>>) -> Vec<T> {
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await);
    }
    results
}
