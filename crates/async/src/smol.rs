//! An executor is a queue: any thread that runs it is a worker, and each part is a small crate.
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
//!             Timer::after(Duration::from_millis(1)).await; // all five wait at the same time
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
//! worker that wakes runs the task itself. The blocking threads belong to the process, not to the
//! executor: at most as many pieces as workers are sent at the same time, so no more cores are
//! busy.

use crate::mpmc::Mpmc;
use crate::runtime::{Job, Main, Runtime, Spawner, Task};
use crate::{CAPACITY, NO_NEST, NO_STENCIL, NO_SWEEP};
use crate::{columns, exchange, explore, grains, in_time, lanes, threads};
use ::smol::{Executor, Timer, block_on, channel, future, unblock};
use parallax_pattern::{Answer, Await, Cancel, Card, Cores, Exchange, Execute, Technique};
use parallax_pattern::{Channel, Divide, Expire, Graph, Map, Nest, Reduce, Search, Span};
use parallax_pattern::{Stencil, Sweep, Wait};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

/// A smol executor, with its own threads or those of the program.
#[derive(Debug)]
pub struct Smol {
    executor: Arc<Executor<'static>>,
    workers: usize,
    /// `None` if the program's threads run the executor.
    own: Option<Threads>,
}

/// Threads that run an executor until they are dropped.
#[derive(Debug)]
struct Threads {
    stop: channel::Sender<()>,
    running: Vec<JoinHandle<()>>,
}

impl Smol {
    /// Uses an executor of the program, which `workers` threads run, or none.
    ///
    /// ```
    /// use parallax_async::Smol;
    /// use parallax_pattern::Execute;
    /// # use parallax_pattern::Map;
    /// use smol::Executor;
    /// use std::sync::Arc;
    ///
    /// # struct Squares(usize);
    /// # impl Map for Squares {
    /// #     type Item = u64;
    /// #     fn len(&self) -> usize { self.0 }
    /// #     fn fill(&self, start: usize, out: &mut [u64]) {
    /// #         out.iter_mut().zip(start as u64..).for_each(|(square, i)| *square = i * i);
    /// #     }
    /// # }
    /// let executor = Arc::new(Executor::new());
    /// let mut out = [0; 5];
    /// Smol::on(executor, 2).map(&Arc::new(Squares(5)), &mut out)?;
    /// assert_eq!(out, [0, 1, 4, 9, 16]);
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// Computing goes to the blocking threads of the process, at most `workers` pieces at a time.
    ///
    /// A caller waits on its own thread, and runs the executor's tasks meanwhile: so a call returns even if no thread
    /// runs the executor, or if one of its own tasks calls. That task's thread then computes for this call and for
    /// other tasks, and its other tasks wait longer for their turn; prefer `smol::unblock` around the call.
    pub fn on(executor: Arc<Executor<'static>>, workers: usize) -> Self {
        Smol { executor, workers: workers.max(1), own: None }
    }
}

impl Technique for Smol {
    const CARD: Card = Card {
        name: "smol",
        idea: "a queue of tasks and threads that run it; timers, channels and a blocking pool as separate parts",
        gives: "exact timers and any number of executors, from parts that can be read in a day",
        costs: "threads are started by hand; fewer libraries; computed outputs are copied",
        cores: Cores::Workers,
        libraries: &["smol", "async-executor", "async-io"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let count = workers.max(1);
        threads::available(2 * count + 1)?; // the workers, the blocking ones, and the one that waits for timers
        let mut smol = Smol::on(Arc::new(Executor::new()), count);
        let (stop, stopped) = channel::bounded::<()>(1);
        let own = smol.own.insert(Threads { stop, running: Vec::new() });
        for started in 0..count {
            let (executor, stopped) = (smol.executor.clone(), stopped.clone());
            let worker = Builder::new().spawn(move || {
                let _ = block_on(executor.run(stopped.recv())); // an error once `stop` is closed
            });
            own.running.push(worker.map_err(|error| threads::refused(started, count, &error))?);
        }
        Ok(smol)
    }
}

impl Runtime for Smol {
    fn workers(&self) -> usize {
        self.workers
    }

    fn compute(&self, job: Job) -> Task {
        Box::pin(unblock(job))
    }

    fn spawn(&self, _: Option<usize>, task: Task) -> Task {
        Box::pin(self.executor.spawn(task))
    }

    fn spawner(&self) -> Spawner {
        let executor = self.executor.clone();
        Box::new(move |task| Box::pin(executor.spawn(task)))
    }

    fn block_on(&self, main: Main) -> Answer<()> {
        match self.own {
            Some(_) => block_on(main),
            None => block_on(self.executor.run(main)),
        }
        Ok(())
    }
}

impl Execute for Smol {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        grains::map(self, work, out)
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        grains::reduce(self, work)
    }

    fn sweep<S: Sweep>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(NO_SWEEP)
    }

    fn stencil<S: Stencil>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(NO_STENCIL)
    }

    fn graph<G: Graph>(&self, work: &Arc<G>, out: &mut [G::Value]) -> Answer<()> {
        columns::graph(self, work, out)
    }

    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        explore::search(self, work)
    }

    fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        Err(NO_NEST)
    }

    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        grains::divide(self, work, out, room)
    }
}

impl<C: Channel> Exchange<C> for Smol {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        exchange::channel::<Mpmc, C>(self, work, CAPACITY)
    }
}

impl<W: Wait> Await<W> for Smol {
    /// The work after a wait runs on the thread where the wait ended, while other waits may end too.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        lanes::wait(self, work, out, |lane| lane.drive(Timer::after))
    }
}

impl<W: Expire> Cancel<W> for Smol {
    /// A race drops the loser; if both are ready, the first one wins, which is the timeout.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()> {
        in_time::expire(self, work, out, |offers| {
            in_time::serve(offers, Timer::after, |operation| async move {
                let Span { lasts, cancel_after } = operation.span();
                let run = async {
                    Timer::after(lasts).await;
                    operation.end()
                };
                let give_up = async {
                    Timer::after(cancel_after).await;
                    None
                };
                future::or(give_up, run).await
            })
        })
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stop.close(); // ends the runs
        threads::join_others(self.running.drain(..)); // a task's panic went to the one that awaited it
    }
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
