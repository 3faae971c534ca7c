//! A loop per core on io_uring: tasks stay where they were started, and the kernel tells when they may go on.
//!
//! ```no_run
//! use compio::runtime::{Runtime, spawn};
//! use std::{cell::RefCell, rc::Rc, time::Duration};
//!
//! let runtime = Runtime::new()?; // for this thread alone
//! let total = Rc::new(RefCell::new(0)); // no lock and no atomic: nothing leaves the thread
//! runtime.block_on(async {
//!     let tasks: Vec<_> = (0..5u64)
//!         .map(|x| {
//!             let total = total.clone();
//!             spawn(async move {
//!                 compio::time::sleep(Duration::from_millis(1)).await; // all five wait at once
//!                 *total.borrow_mut() += x * x;
//!             })
//!         })
//!         .collect();
//!     for task in tasks {
//!         task.await.unwrap();
//!     }
//! });
//! assert_eq!(total.take(), 30);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Asking and hearing are two rings in memory that the kernel shares (J. Axboe, "Efficient IO with
//! io_uring", 2019): one system call may submit a hundred reads and collect as many. Nothing here
//! reads, so what shows is the other half, the thread-per-core design: no task is ever stolen, none
//! needs a lock, and the caller decides which loop gets which. The loops compute as well, and hold up
//! their other tasks meanwhile: compio's pool of blocking threads refuses when it is full.

mod calm;
mod loops;

use crate::{CAPACITY, NO_NEST, NO_STENCIL, NO_SWEEP};
use crate::{columns::Columns, explore, grains, lanes, lanes::Lanes, mpmc};
use ::compio::time::sleep;
use futures_util::stream::{self, FuturesUnordered, StreamExt};
pub(crate) use loops::Loops;
use parallax_pattern::{Answer, Await, Card, Cores, Exchange, Execute, Technique};
use parallax_pattern::{Channel, Graph, Map, Nest, Reduce, Search, Stencil, Sweep, Wait, covers, pieces};
use parallax_pattern::{Sequential, within::Within};
use smol::future::block_on;
use std::ops::Range;
use std::sync::Arc;

/// A compio runtime in each of several threads.
#[derive(Debug)]
pub struct Compio {
    loops: Loops,
}

impl Technique for Compio {
    const CARD: Card = Card {
        name: "compio",
        idea: "a loop with an io_uring in each thread; tasks never leave the loop they were given to",
        gives: "no locks within a loop, exact timers, the fewest system calls per read and write",
        costs: "no stealing: a loop that has too much keeps it; io_uring is often blocked in containers",
        cores: Cores::Workers,
        libraries: &["compio"],
        source: file!(),
    };
    /// Without io_uring there is no number: what compio falls back to is what smol has.
    fn start(workers: usize) -> Answer<Self> {
        Ok(Compio { loops: Loops::start(workers.max(1))? })
    }
}

impl Execute for Compio {
    /// Two pieces per loop are with the loops, so that one is at hand for whoever is done.
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let Some(within) = Within::enter(self) else { return Sequential.map(work, out) };
        let fill = |piece: Range<usize>| {
            let (work, within) = (work.clone(), within.clone());
            self.loops.spawn(move || async move { within.run(|| grains::fill(&*work, piece)) })
        };
        let pieces = stream::iter(pieces(out.len(), work.grain()));
        let mut parts = pieces.map(fill).buffer_unordered(2 * self.loops.count());
        block_on(async {
            while let Some(part) = parts.next().await {
                part.put(out);
            }
        });
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let Some(within) = Within::enter(self) else { return Sequential.reduce(work) };
        let queue = Arc::new(grains::Grains::new(&**work));
        let fold = |k| {
            let (work, queue, within) = (work.clone(), queue.clone(), within.clone());
            self.loops.spawn_on(k, move || async move { within.run(|| grains::fold(&*work, &queue)) })
        };
        let folds: FuturesUnordered<_> = (0..self.loops.count()).map(fold).collect();
        Ok(grains::merge(&**work, block_on(folds.collect::<Vec<_>>())))
    }

    fn sweep<S: Sweep>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(NO_SWEEP)
    }

    fn stencil<S: Stencil>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(NO_STENCIL)
    }

    /// Neighbouring columns go to one loop, as they need each other most.
    fn graph<G: Graph>(&self, work: &Arc<G>, out: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), out.len())?;
        let Some(within) = Within::enter(self) else { return Sequential.graph(work, out) };
        let (columns, width) = (Columns::new(work), work.width());
        let walk = |column| {
            let (columns, within) = (columns.clone(), within.clone());
            let walk = move || within.wrap(columns.walk(column));
            self.loops.spawn_on(column * self.loops.count() / width, walk)
        };
        let walks: Vec<_> = (0..width).map(walk).collect();
        block_on(all(walks));
        columns.last_row(out);
        Ok(())
    }

    /// A task for each walk, and the calling thread to split what walks leave over.
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let Some(within) = Within::enter(self) else { return Sequential.search(work) };
        let spawn = |open| {
            let (work, within) = (work.clone(), within.clone());
            self.loops.spawn(move || async move { within.run(|| explore::walk(&*work, open)) })
        };
        Ok(block_on(explore::explore(&**work, self.loops.count(), spawn)))
    }

    fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        Err(NO_NEST)
    }
}

impl<C: Channel> Exchange<C> for Compio {
    /// A task for each producer and each consumer, dealt out in turn.
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        work.shape().checked()?;
        let Some(within) = Within::enter(self) else { return Sequential.channel(work) };
        let play = |(k, side): (usize, mpmc::Side<C>)| {
            let within = within.clone();
            self.loops.spawn_on(k, || within.wrap(side.run()))
        };
        let tasks = mpmc::sides(work, CAPACITY).into_iter().enumerate().map(play).collect();
        Ok(block_on(all(tasks)).into_iter().flatten().collect())
    }
}

impl<W: Wait> Await<W> for Compio {
    /// What follows a wait is done where the wait began, while others' waits may end too.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let Some(within) = Within::enter(self) else { return Sequential.wait(work, out) };
        let drive = |(k, lane): (usize, Arc<Lanes<W>>)| {
            let within = within.clone();
            self.loops.spawn_on(k, || within.wrap(lane.drive(sleep)))
        };
        let tasks = Lanes::of(work).into_iter().enumerate().map(drive).collect();
        block_on(all(tasks)).into_iter().for_each(|results| lanes::place(results, out));
        Ok(())
    }
}

/// What the tasks give, in their order; the panic of one goes on here.
async fn all<F: Future>(tasks: Vec<F>) -> Vec<F::Output> {
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await);
    }
    results
}
