//! An executor is a queue: any thread that runs it is a worker, and a small crate is behind each part.
//!
//! ```
//! use smol::{Executor, Timer, future};
//! use std::{sync::Arc, thread, time::Duration};
//!
//! let executor = Arc::new(Executor::new());
//! let (stop, stopped) = smol::channel::bounded::<()>(1);
//! let workers = [executor.clone(), executor.clone()].map(|executor| {
//!     let stopped = stopped.clone();
//!     thread::spawn(move || smol::block_on(executor.run(stopped.recv())))
//! });
//! let tasks: Vec<_> = (0..5u64)
//!     .map(|x| {
//!         executor.spawn(async move {
//!             Timer::after(Duration::from_millis(1)).await; // all five wait at once
//!             smol::unblock(move || x * x).await // on a thread that may block
//!         })
//!     })
//!     .collect(); // a task that is dropped is cancelled
//! let mut squares = Vec::new();
//! smol::block_on(async { for task in tasks { squares.push(task.await) } });
//! assert_eq!(squares, [0, 1, 4, 9, 16]);
//! drop(stop); // ends the workers
//! workers.map(|worker| drop(worker.join().unwrap()));
//! ```
//!
//! Timers are exact: async-io keeps them in a tree and sleeps on a timer of the kernel, and the
//! worker that wakes runs the task itself. The blocking threads are the process's and not the
//! executor's: not more pieces than workers are sent at once, so not more cores are busy.

use crate::{CAPACITY, NO_NEST, NO_STENCIL, NO_SWEEP};
use crate::{columns::Columns, explore, grains, lanes, lanes::Lanes, mpmc, threads};
use ::smol::{Executor, Task, Timer, block_on, channel, unblock};
use futures_util::stream::{self, FuturesUnordered, StreamExt};
use parallax_pattern::{Answer, Await, Card, Cores, Exchange, Execute, Technique};
use parallax_pattern::{Channel, Graph, Map, Nest, Reduce, Search, Stencil, Sweep, Wait, covers, pieces};
use parallax_pattern::{Sequential, within::Within};
use std::ops::Range;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

/// A smol executor with threads of its own.
#[derive(Debug)]
pub struct Smol {
    executor: Arc<Executor<'static>>,
    stop: channel::Sender<()>,
    workers: Vec<JoinHandle<()>>,
}

impl Technique for Smol {
    const CARD: Card = Card {
        name: "smol",
        idea: "a queue of tasks and threads that run it; timers, channels and a blocking pool beside it",
        gives: "exact timers and as many executors as one likes, from parts that can be read in a day",
        costs: "threads are started by hand; fewer libraries; computed outputs are copied",
        cores: Cores::Workers,
        libraries: &["smol", "async-executor", "async-io"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let count = workers.max(1);
        threads::available(2 * count + 1)?; // these, the blocking ones, and the one that waits for timers
        let executor = Arc::new(Executor::new());
        let (stop, stopped) = channel::bounded::<()>(1);
        let mut smol = Smol { executor, stop, workers: Vec::new() };
        for started in 0..count {
            let (executor, stopped) = (smol.executor.clone(), stopped.clone());
            let worker = Builder::new().spawn(move || {
                let _ = block_on(executor.run(stopped.recv())); // an error once `stop` is closed
            });
            smol.workers.push(worker.map_err(|error| threads::refused(started, count, &error))?);
        }
        Ok(smol)
    }
}

impl Execute for Smol {
    /// At most a piece per worker is with the blocking threads; who has done one waits for the caller.
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let Some(within) = Within::enter(self) else { return Sequential.map(work, out) };
        let fill = |piece: Range<usize>| {
            let (work, within) = (work.clone(), within.clone());
            unblock(move || within.run(|| grains::fill(&*work, piece)))
        };
        let pieces = stream::iter(pieces(out.len(), work.grain()));
        let mut parts = pieces.map(fill).buffer_unordered(self.workers.len());
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
        let fold = |_| {
            let (work, queue, within) = (work.clone(), queue.clone(), within.clone());
            unblock(move || within.run(|| grains::fold(&*work, &queue)))
        };
        let folds: FuturesUnordered<_> = self.workers.iter().map(fold).collect();
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
        let Some(within) = Within::enter(self) else { return Sequential.graph(work, out) };
        let columns = Columns::new(work);
        let walk = |column| self.executor.spawn(within.clone().wrap(columns.walk(column)));
        block_on(all((0..work.width()).map(walk).collect()));
        columns.last_row(out);
        Ok(())
    }

    /// A task for each walk, and the calling thread to split what walks leave over.
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let Some(within) = Within::enter(self) else { return Sequential.search(work) };
        let spawn = |open| {
            let work = work.clone();
            self.executor.spawn(within.clone().wrap(async move { explore::walk(&*work, open) }))
        };
        Ok(block_on(explore::explore(&**work, self.workers.len(), spawn)))
    }

    fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        Err(NO_NEST)
    }
}

impl<C: Channel> Exchange<C> for Smol {
    /// A task for each producer and each consumer.
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        work.shape().checked()?;
        let Some(within) = Within::enter(self) else { return Sequential.channel(work) };
        let sides = mpmc::sides(work, CAPACITY).into_iter();
        let tasks = sides.map(|side| self.executor.spawn(within.clone().wrap(side.run()))).collect();
        Ok(block_on(all(tasks)).into_iter().flatten().collect())
    }
}

impl<W: Wait> Await<W> for Smol {
    /// What follows a wait is done where the wait ended, while others' waits may end too.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let Some(within) = Within::enter(self) else { return Sequential.wait(work, out) };
        let drive = |lane: Arc<Lanes<W>>| self.executor.spawn(within.clone().wrap(lane.drive(Timer::after)));
        let tasks = Lanes::of(work).into_iter().map(drive).collect();
        block_on(all(tasks)).into_iter().for_each(|results| lanes::place(results, out));
        Ok(())
    }
}

impl Drop for Smol {
    fn drop(&mut self) {
        self.stop.close(); // ends the workers' runs
        threads::join_others(self.workers.drain(..)); // a task's panic went to who awaited it
    }
}

/// What the tasks give, in their order; the panic of one goes on here, and cancels the others.
async fn all<T>(tasks: Vec<Task<T>>) -> Vec<T> {
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await);
    }
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_may_be_the_last_to_hold_its_executor() {
        let smol = Arc::new(Smol::start(2).unwrap());
        let (go, gate) = channel::bounded::<()>(1);
        let last = smol.clone();
        let task = smol.executor.spawn(async move {
            let _ = gate.recv().await;
            drop(last);
        });
        drop(smol);
        drop(go);
        block_on(task);
    }
}
