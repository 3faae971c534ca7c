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
//!                 task::sleep(Duration::from_millis(1)).await; // all five wait at the same time
//!                 task::spawn_blocking(move || x * x).await // on a thread that may block
//!             })
//!         })
//!         .collect(); // a task whose handle is dropped goes on, unobserved
//!     let mut squares = Vec::new();
//!     for task in tasks {
//!         squares.push(task.await);
//!     }
//!     squares
//! });
//! assert_eq!(squares, [0, 1, 4, 9, 16]);
//! ```
//!
//! Use [`Smol`](crate::Smol) instead: RUSTSEC-2025-0052 says so, and since version 1.7 async-std uses the same executor
//! and timers. It adds the hidden start of a runtime without an owner: its threads serve the whole process and never
//! end, so `start` sets their number for all.

use crate::mpmc::Mpmc;
use crate::runtime::{Job, Main, Runtime, Spawner, Task};
use crate::{CAPACITY, NO_NEST, NO_STENCIL, NO_SWEEP};
use crate::{columns, exchange, explore, grains, in_time, lanes, threads};
use ::async_std::future::timeout;
use ::async_std::task::{self, block_on, spawn_blocking};
use async_global_executor::{GlobalExecutorConfig, init_with_config, spawn_more_threads, stop_thread};
use parallax_pattern::within::Within;
use parallax_pattern::{Answer, Await, Cancel, Card, Cores, Exchange, Execute, No, Technique};
use parallax_pattern::{Channel, Divide, Expire, Graph, Map, Nest, Reduce, Search, Span};
use parallax_pattern::{Stencil, Sweep, Wait};
use std::sync::{Arc, Mutex, PoisonError};

/// The process's async-std runtime, with a set number of threads.
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
    /// Sets the number of threads before async-std itself starts, which would fix it at the number of cores.
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

impl Runtime for AsyncStd {
    fn workers(&self) -> usize {
        self.workers
    }

    /// All threads work for the one runtime of the process.
    fn enter(&self) -> Option<Within> {
        Within::enter(&THREADS)
    }

    fn compute(&self, job: Job) -> Task {
        Box::pin(spawn_blocking(job))
    }

    fn spawn(&self, _: Option<usize>, task: Task) -> Task {
        Box::pin(task::spawn(task)) // goes on unobserved where another task's panic has ended the wait
    }

    fn spawner(&self) -> Spawner {
        Box::new(|task| Box::pin(task::spawn(task)))
    }

    fn block_on(&self, main: Main) -> Answer<()> {
        block_on(main);
        Ok(())
    }
}

impl Execute for AsyncStd {
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

impl<C: Channel> Exchange<C> for AsyncStd {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        exchange::channel::<Mpmc, C>(self, work, CAPACITY)
    }
}

impl<W: Wait> Await<W> for AsyncStd {
    /// The work after a wait runs on the thread where the wait ended, while other waits may end too.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        lanes::wait(self, work, out, |lane| lane.drive(task::sleep))
    }
}

impl<W: Expire> Cancel<W> for AsyncStd {
    /// A timeout drops the operation where it awaits. The operation must not be a separate task: a task whose handle is
    /// dropped goes on.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()> {
        in_time::expire(self, work, out, |offers| {
            in_time::serve(offers, task::sleep, |operation| async move {
                let Span { lasts, cancel_after } = operation.span();
                let run = async {
                    task::sleep(lasts).await;
                    operation.end()
                };
                timeout(cancel_after, run).await.ok().flatten()
            })
        })
    }
}
