//! Static shares on fixed cores: a thread stays where its part of the array is cached, and cannot go where there is
//! room.
//!
//! ```
//! use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
//! use std::thread;
//!
//! let allowed = sched_getaffinity(None)?; // not all that the machine has: a container or `taskset` may say less
//! let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core)).collect();
//! thread::scope(|s| {
//!     for core in cores {
//!         s.spawn(move || {
//!             let mut own = CpuSet::new();
//!             own.set(core);
//!             sched_setaffinity(None, &own).unwrap(); // this thread, from now on
//!             assert!(sched_getaffinity(None).unwrap().is_set(core));
//!         });
//!     }
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! All else is as in `scoped`, so the two rows show what pinning changes. The scheduler by itself keeps a thread on its
//! core as long as no other thread wants that core, and then moves it; a move loses the contents of the caches, and on
//! a NUMA machine it leaves the thread's memory behind. So pinning pays for threads that live long, pass over the same
//! arrays again and again, and have the machine to themselves. On a busy machine, a pinned thread waits for its core
//! while another core is idle, and all wait for it at the next barrier.
//!
//! Worker `k` takes the core that is `k`-th among those that the process may use. On most machines with two threads to
//! a core, that numbering fills each core before it doubles up, but check with `lscpu --extended`. A thread inherits
//! the affinity of the thread that starts it: threads that a pinned worker starts run on its core.

use crate::scoped::Scoped;
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Technique,
};
use rustix::io::Result;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::sync::Arc;

/// [`Scoped`], with each thread on its own core.
#[derive(Debug, Clone, Copy)]
pub struct Pinned(Scoped);

impl Technique for Pinned {
    const CARD: Card = Card {
        name: "pinned",
        idea: "one equal, contiguous share per worker, and each worker's thread pinned to one core",
        gives: "a part of the array stays in one core's cache (and near its memory) through all passes",
        costs: "another program on that core delays all; threads that a worker starts share its core",
        cores: Cores::Workers,
        libraries: &["rustix"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        // A sandbox may forbid it, and then these rows would be those of `scoped`: tried once, without a change.
        let stay = sched_getaffinity(None).and_then(|here| sched_setaffinity(None, &here));
        stay.map_err(|error| {
            No::Unavailable(format!(
                "threads cannot be pinned to cores ({error}): allow the system call sched_setaffinity, or use scoped"
            ))
        })?;
        Ok(Pinned(Scoped::settled(workers, |k| _ = keep_to_core(k))))
    }
}

/// Pins the calling thread to the core that is `k`-th among those that it may use, counting round.
fn keep_to_core(k: usize) -> Result<()> {
    let allowed = sched_getaffinity(None)?;
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core)).collect();
    let mut own = CpuSet::new();
    own.set(cores[k % cores.len()]); // a thread that runs has at least one
    sched_setaffinity(None, &own)
}

/// The cores of the calling thread, which does a share itself, and may use all of them again when this is dropped.
struct Caller(Option<CpuSet>);

impl Caller {
    fn here() -> Self {
        Caller(sched_getaffinity(None).ok())
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        if let Some(cores) = &self.0 {
            // if a core has gone meanwhile, the thread stays where it is
            let _ = sched_setaffinity(None, cores);
        }
    }
}

/// Each pattern as in [`Scoped`]: the threads differ, not the shares.
impl Execute for Pinned {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        let _caller = Caller::here();
        self.0.map(work, out)
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let _caller = Caller::here();
        self.0.reduce(work)
    }

    /// Pinning pays here: each thread passes over its own part in every step.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        let _caller = Caller::here();
        self.0.sweep(work, state)
    }

    /// As in a sweep, except for the borders.
    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()> {
        let _caller = Caller::here();
        self.0.stencil(work, buffers)
    }

    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        let _caller = Caller::here();
        self.0.graph(work, last_row)
    }

    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let _caller = Caller::here();
        self.0.search(work)
    }

    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        let _caller = Caller::here();
        self.0.nest(work, out)
    }

    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        let _caller = Caller::here();
        self.0.divide(work, out, room)
    }
}
