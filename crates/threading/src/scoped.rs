//! Static shares: every thread gets an equal, contiguous part, and nothing is decided at run time.
//!
//! ```
//! use std::thread;
//!
//! fn squares(out: &mut [u64], workers: usize) {
//!     let share = out.len().div_ceil(workers).max(1);
//!     thread::scope(|s| {
//!         for (k, part) in out.chunks_mut(share).enumerate() {
//!             s.spawn(move || {
//!                 for (i, square) in part.iter_mut().enumerate() {
//!                     *square = ((k * share + i) as u64).pow(2);
//!                 }
//!             });
//!         }
//!     }); // the scope ends when its threads have, so they may borrow `out`
//! }
//!
//! let mut out = [0; 5];
//! squares(&mut out, 2);
//! assert_eq!(out, [0, 1, 4, 9, 16]);
//! ```

use crate::{join, lockstep::Lockstep};
use parallax_suite::pattern::{Map, Reduce, Sweep, pieces};
use parallax_suite::question::{Answer, Card, Cores, Execute, Technique};
use std::{sync::Arc, thread};

/// `std::thread::scope` with one share per worker.
#[derive(Debug, Clone, Copy)]
pub struct Scoped {
    workers: usize,
}

impl Technique for Scoped {
    const CARD: Card = Card {
        name: "scoped",
        idea: "one thread and one equal, contiguous share per worker",
        gives: "no library, no hand-out, no shared state; each thread keeps its part of the cache",
        costs: "the slowest share sets the time; threads start on every call",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(Scoped { workers: workers.max(1) })
    }
}

impl Scoped {
    fn share(&self, len: usize) -> usize {
        len.div_ceil(self.workers).max(1)
    }
}

impl Execute for Scoped {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        let share = self.share(out.len());
        thread::scope(|s| {
            for (k, part) in out.chunks_mut(share).enumerate() {
                s.spawn(move || work.fill(k * share, part));
            }
        });
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let fold = |items| {
            let mut acc = work.empty();
            work.fold(&mut acc, items);
            acc
        };
        let shares = pieces(work.len(), self.share(work.len()));
        Ok(thread::scope(|s| {
            let threads = shares.map(|items| s.spawn(move || fold(items))).collect();
            join::merge(&**work, threads)
        }))
    }

    /// One set of threads for all steps, each with its own part, and a barrier between the steps.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        let share = self.share(state.len());
        let lockstep = &Lockstep::new(state.len().div_ceil(share), work.steps());
        thread::scope(|s| {
            for (k, part) in state.chunks_mut(share).enumerate() {
                s.spawn(move || lockstep.walk(|_| work.step(k * share, part)));
            }
        });
        Ok(())
    }
}
