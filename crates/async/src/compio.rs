//! A loop per core on io_uring: tasks stay where they were started, and the kernel reports when they may go on.
//!
//! ```no_run
//! use compio::runtime::{Runtime, spawn};
//! use std::{cell::RefCell, rc::Rc, time::Duration};
//!
//! let runtime = Runtime::new()?; // for this thread only
//! let total = Rc::new(RefCell::new(0)); // no lock and no atomic: nothing leaves the thread
//! runtime.block_on(async {
//!     let tasks: Vec<_> = (0..5u64)
//!         .map(|x| {
//!             let total = total.clone();
//!             spawn(async move {
//!                 compio::time::sleep(Duration::from_millis(1)).await; // all five wait at the same time
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
//! io_uring has two rings in memory that is shared with the kernel, one for requests and one for completions (J. Axboe,
//! "Efficient IO with io_uring", 2019): one system call may submit a hundred reads and collect as many. Nothing here
//! reads, so the measurements show the other half, the thread-per-core design: no task is ever stolen, none needs a
//! lock, and the caller decides which loop gets which task. The loops compute as well, and delay their other tasks
//! meanwhile: compio's pool of blocking threads refuses when it is full.

mod calm;
mod loops;

use crate::mpmc::Mpmc;
use crate::runtime::{Job, Made, Main, Runtime, Spawner, Task};
use crate::{CAPACITY, NO_NEST, NO_STENCIL, NO_SWEEP};
use crate::{columns, exchange, explore, grains, in_time, lanes};
use ::compio::time::{sleep, timeout};
pub(crate) use loops::Loops;
use parallax_pattern::{Answer, Await, Cancel, Card, Cores, Exchange, Execute, Technique};
use parallax_pattern::{Channel, Divide, Expire, Graph, Map, Nest, Operation, Reduce, Search, Span};
use parallax_pattern::{Stencil, Sweep, Wait};
use smol::future::block_on;
use std::sync::Arc;

/// A compio runtime in each of several threads.
#[derive(Debug)]
pub struct Compio {
    loops: Loops,
}

impl Technique for Compio {
    const CARD: Card = Card {
        name: "compio",
        idea: "a loop with an io_uring in each thread; tasks never leave their loop",
        gives: "no locks within a loop, exact timers, the fewest system calls per read and write",
        costs: "no stealing: an overloaded loop keeps its tasks; io_uring is often blocked in containers",
        cores: Cores::Workers,
        libraries: &["compio"],
        source: file!(),
    };
    /// Refuses without io_uring: compio's fallback is smol's mechanism, which is measured there.
    fn start(workers: usize) -> Answer<Self> {
        Ok(Compio { loops: Loops::start(workers.max(1))? })
    }
}

impl Runtime for Compio {
    fn workers(&self) -> usize {
        self.loops.count()
    }

    /// Two for each loop, so that a loop that is done finds the next job waiting.
    fn ahead(&self) -> usize {
        2 * self.loops.count()
    }

    /// The loops compute, and delay their other tasks.
    fn compute(&self, job: Job) -> Task {
        Box::pin(self.loops.spawn(move || async move { job() }))
    }

    fn spawn(&self, worker: Option<usize>, task: Task) -> Task {
        match worker {
            Some(k) => Box::pin(self.loops.spawn_on(k, || task)),
            None => Box::pin(self.loops.spawn(|| task)),
        }
    }

    fn spawner(&self) -> Spawner {
        Box::new(self.loops.spawner())
    }

    fn block_on(&self, main: Main) -> Answer<()> {
        block_on(main);
        Ok(())
    }
}

impl Execute for Compio {
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

impl<C: Channel> Exchange<C> for Compio {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        exchange::channel::<Mpmc, C>(self, work, CAPACITY)
    }
}

impl<W: Wait> Await<W> for Compio {
    /// The work after a wait runs on the thread where the wait began, while other waits may end too.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        lanes::start(self, work, out, |k, lane, within| {
            let within = within.clone();
            let drive = || within.wrap(async move { Box::new(lane.drive(sleep).await) as Made });
            Box::pin(self.loops.spawn_on(k, drive))
        })
    }
}

impl<W: Expire> Cancel<W> for Compio {
    /// A timeout drops the operation where it awaits. A read or write that is dropped is cancelled in the kernel too.
    /// The kernel may still use its buffer, so compio keeps the buffer until the kernel has answered.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()> {
        in_time::start(self, work, out, |k, offers, within| {
            let within = within.clone();
            let run = |operation: Operation<W>| async move {
                let Span { lasts, cancel_after } = operation.span();
                let run = async {
                    sleep(lasts).await;
                    operation.end()
                };
                timeout(cancel_after, run).await.ok().flatten()
            };
            let serve = move || {
                within.wrap(async move { Box::new(in_time::serve(offers, sleep, run).await) as Made })
            };
            Box::pin(self.loops.spawn_on(k, serve))
        })
    }
}
