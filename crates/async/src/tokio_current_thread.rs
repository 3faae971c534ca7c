//! One thread for everything: tasks take turns at their awaits, and nothing ever runs at the same time.
//!
//! ```
//! use futures_util::future::join;
//! use std::{cell::RefCell, time::Duration};
//! use tokio::{runtime::Builder, task::yield_now};
//!
//! let runtime = Builder::new_current_thread().enable_time().build()?;
//! let log = RefCell::new(Vec::new()); // no lock: it is borrowed, and never by two threads
//! runtime.block_on(async {
//!     let compute = async {
//!         for grain in ["first grain", "second grain"] {
//!             log.borrow_mut().push(grain);
//!             yield_now().await; // lets other tasks run in between
//!         }
//!     };
//!     let wait = async {
//!         tokio::time::sleep(Duration::from_millis(1)).await;
//!         log.borrow_mut().push("waited");
//!     };
//!     join(compute, wait).await;
//! });
//! assert_eq!(log.into_inner(), ["first grain", "second grain", "waited"]);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The future that a thread blocks on may borrow, so computing needs no copies here; it has to
//! yield by hand, as waiting tasks go on only between two grains. Messages cost the least of all:
//! both ends of a queue stay in one core's cache, and waking the other end is a push to a list.

use crate::mpsc::Mpsc;
use crate::runtime::Runtime;
use crate::tokio::TokioRuntime;
use crate::{CAPACITY, NO_NEST, NO_STENCIL, NO_SWEEP};
use crate::{columns, exchange, explore, in_time, lanes};
use ::tokio::runtime::Builder;
use ::tokio::select;
use ::tokio::task::yield_now;
use ::tokio::time::sleep;
use parallax_pattern::{Answer, Await, Cancel, Card, Cores, Exchange, Execute, Sequential, Technique};
use parallax_pattern::{
    Channel, Divide, Expire, Graph, Map, Nest, Reduce, Rounds, Search, Span, Stencil, Sweep, Wait, covers,
    pieces, whole_share,
};
use std::mem;
use std::sync::Arc;

/// How often divide and conquer lets other tasks run in each round.
const TURNS: usize = 4;

/// A tokio runtime on the calling thread.
#[derive(Debug)]
pub struct TokioCurrentThread {
    runtime: TokioRuntime,
}

impl Technique for TokioCurrentThread {
    const CARD: Card = Card {
        name: "tokio-current-thread",
        idea: "all tasks on the calling thread, which yield at their awaits",
        gives: "thousands of waits without a second thread; messages that never leave a core",
        costs: "one core; a task that computes delays all others",
        cores: Cores::One,
        libraries: &["tokio"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        let mut builder = Builder::new_current_thread();
        Ok(TokioCurrentThread { runtime: TokioRuntime::start(0, 1, builder.enable_time())? })
    }
}

impl Execute for TokioCurrentThread {
    /// Grain by grain; other tasks may run in between.
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let Some(within) = self.runtime.enter() else { return Sequential.map(work, out) };
        let grain = work.grain().max(1);
        self.runtime.run(within.wrap(async {
            for (k, part) in out.chunks_mut(grain).enumerate() {
                work.fill(k * grain, part);
                yield_now().await;
            }
        }))
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let Some(within) = self.runtime.enter() else { return Sequential.reduce(work) };
        self.runtime.run(within.wrap(async {
            let mut acc = work.empty();
            for piece in pieces(work.len(), work.grain()) {
                work.fold(&mut acc, piece);
                yield_now().await;
            }
            acc
        }))
    }

    fn sweep<S: Sweep>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(NO_SWEEP)
    }

    fn stencil<S: Stencil>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(NO_STENCIL)
    }

    /// As with many threads; the awaits only decide which future goes on next.
    fn graph<G: Graph>(&self, work: &Arc<G>, out: &mut [G::Value]) -> Answer<()> {
        columns::graph(&self.runtime, work, out)
    }

    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        explore::search(&self.runtime, work)
    }

    fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        Err(NO_NEST)
    }

    /// Several parts and rounds, so that other tasks may run in between; a single part would save the rounds.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let Some(within) = self.runtime.enter() else { return Sequential.divide(work, out, room) };
        let part = whole_share(work.len(), work.grain(), TURNS);
        let rounds = Rounds::new(work.len(), part);
        let [mut old, mut new] = rounds.ending_in(out, room);
        self.runtime.run(within.wrap(async {
            for round in 0..rounds.count() {
                for (k, piece) in new.chunks_mut(part).enumerate() {
                    rounds.make(&**work, round, old, k * part, piece);
                    yield_now().await;
                }
                mem::swap(&mut old, &mut new);
            }
        }))
    }
}

impl<C: Channel> Exchange<C> for TokioCurrentThread {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        exchange::channel::<Mpsc, C>(&self.runtime, work, CAPACITY)
    }
}

impl<W: Wait> Await<W> for TokioCurrentThread {
    /// All waits overlap, but the work after them does not: each delays the others.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        lanes::wait(&self.runtime, work, out, |lane| lane.drive(sleep))
    }
}

impl<W: Expire> Cancel<W> for TokioCurrentThread {
    /// `select!` goes on with the first that is ready and drops the other. `biased` polls in this order: if both are
    /// ready when the thread comes back to them, the timeout wins.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()> {
        in_time::expire(&self.runtime, work, out, |offers| {
            in_time::serve(offers, sleep, |operation| async move {
                let Span { lasts, cancel_after } = operation.span();
                select! {
                    biased;
                    () = sleep(cancel_after) => None,
                    () = sleep(lasts) => operation.end(),
                }
            })
        })
    }
}
