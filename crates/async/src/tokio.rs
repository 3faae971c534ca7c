//! Threads that steal tasks from each other, and a second pool for work that would block them.
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
//!             tokio::time::sleep(Duration::from_millis(1)).await; // all five wait at the same time
//!             // Computing goes to threads that may block; it must own its data.
//!             tokio::task::spawn_blocking(move || x * x).await.unwrap()
//!         });
//!     }
//!     jobs.join_all().await // in the order of completion; a panic goes on here
//! });
//! assert_eq!(squares.iter().sum::<u64>(), 30);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Timers are kept in a wheel of milliseconds and round up, so a wait of 3 ms takes more than 4: harmless for a
//! timeout, a quarter of the time where waits follow each other. The scheduler is described in C. Lerche, "Making the
//! Tokio scheduler 10x faster" (2019).

mod runtime;

use crate::mpsc::Mpsc;
use crate::{CAPACITY, NO_NEST, NO_STENCIL, NO_SWEEP};
use crate::{columns, exchange, explore, grains, in_time, lanes};
use ::tokio::runtime::{Builder, Handle};
use ::tokio::time::{sleep, timeout};
use parallax_pattern::{Answer, Await, Cancel, Card, Cores, Exchange, Execute, No, Technique};
use parallax_pattern::{Channel, Divide, Expire, Graph, Map, Nest, Reduce, Search, Span};
use parallax_pattern::{Stencil, Sweep, Wait};
pub(crate) use runtime::{TokioRuntime, finished};
use std::sync::Arc;

/// A tokio runtime of several threads, its own or the program's.
#[derive(Debug)]
pub struct Tokio {
    runtime: TokioRuntime,
}

impl Tokio {
    /// Uses a runtime of the program.
    ///
    /// ```
    /// use parallax_async::Tokio;
    /// use parallax_pattern::Execute;
    /// # use parallax_pattern::Map;
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
    /// let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    /// let tokio = Tokio::on(runtime.handle().clone())?;
    /// let out = runtime.block_on(async {
    ///     tokio::task::spawn_blocking(move || {
    ///         let mut out = [0; 5];
    ///         tokio.map(&Arc::new(Squares(5)), &mut out).map(|()| out)
    ///     })
    ///     .await
    /// })?;
    /// assert_eq!(out?, [0, 1, 4, 9, 16]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Computing goes to its blocking threads, at most as many pieces at a time as it has workers. The runtime needs
    /// `enable_time` for waits, and goes on when this is dropped.
    ///
    /// # Calls from its own tasks
    ///
    /// A call waits, so in async code it belongs into `spawn_blocking`. A call outside it first moves the worker's
    /// other tasks to another thread (`block_in_place`), which takes tens of microseconds. Either way a blocking thread
    /// is held while the call lasts, and its pieces need another: `max_blocking_threads` calls at the same time wait
    /// for each other forever.
    ///
    /// # Errors
    ///
    /// For a runtime of one thread, which would have to wait for itself.
    ///
    /// # Panics
    ///
    /// Calls panic if the runtime was shut down, for waits if it has no timers, and inside one of its `LocalSet`s,
    /// where blocking is not allowed.
    pub fn on(handle: Handle) -> Answer<Self> {
        Ok(Tokio { runtime: TokioRuntime::on(handle)? })
    }

    /// Uses the runtime that runs the calling code: see [`on`](Self::on).
    ///
    /// # Errors
    ///
    /// If there is no such runtime, or it has only one thread.
    pub fn current() -> Answer<Self> {
        let handle = Handle::try_current();
        Self::on(handle.map_err(|_| No::failed("no tokio runtime runs here: use Tokio::on or Tokio::start"))?)
    }
}

impl Technique for Tokio {
    const CARD: Card = Card {
        name: "tokio",
        idea: "tasks on a few threads that steal from each other; computing on a separate pool",
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
        Ok(Tokio { runtime: TokioRuntime::start(2 * workers, workers, &mut builder)? })
    }
}

impl Execute for Tokio {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        grains::map(&self.runtime, work, out)
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        grains::reduce(&self.runtime, work)
    }

    fn sweep<S: Sweep>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(NO_SWEEP)
    }

    fn stencil<S: Stencil>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(NO_STENCIL)
    }

    fn graph<G: Graph>(&self, work: &Arc<G>, out: &mut [G::Value]) -> Answer<()> {
        columns::graph(&self.runtime, work, out)
    }

    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        explore::search(&self.runtime, work)
    }

    fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        Err(NO_NEST)
    }

    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        grains::divide(&self.runtime, work, out, room)
    }
}

impl<C: Channel> Exchange<C> for Tokio {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        exchange::channel::<Mpsc, C>(&self.runtime, work, CAPACITY)
    }
}

impl<W: Wait> Await<W> for Tokio {
    /// The work after a wait runs on the thread where the wait ended, while other waits may end too.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        lanes::wait(&self.runtime, work, out, |lane| lane.drive(sleep))
    }
}

impl<W: Expire> Cancel<W> for Tokio {
    /// A timeout drops the operation where it awaits. It polls the operation first: if both are ready, it returns the
    /// operation's result, however late, so the operation checks the clock itself.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()> {
        in_time::expire(&self.runtime, work, out, |offers| {
            in_time::serve(offers, sleep, |operation| async move {
                let Span { lasts, cancel_after } = operation.span();
                let run = async {
                    sleep(lasts).await;
                    operation.end()
                };
                timeout(cancel_after, run).await.ok().flatten()
            })
        })
    }
}
