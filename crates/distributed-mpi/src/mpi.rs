//! Ranks that share nothing pass messages: a program runs on all hosts at once, and its parts meet in collectives.
//!
#![cfg_attr(feature = "mpi", doc = "```no_run")]
#![cfg_attr(not(feature = "mpi"), doc = "```ignore")]
//! // mpirun -n 4 ./sum
//! use mpi::collective::SystemOperation;
//! use mpi::traits::*;
//!
//! fn main() {
//!     let universe = mpi::initialize().expect("MPI is not initialised yet");
//!     let world = universe.world();
//!     let (rank, size) = (world.rank() as u64, world.size() as u64);
//!     // every rank does its share, which follows from its number
//!     let mine: u64 = (rank..1_000_000).step_by(size as usize).map(|x| x * x % 7).sum();
//!     let root = world.process_at_rank(0);
//!     if rank == 0 {
//!         let mut sum = 0_u64;
//!         root.reduce_into_root(&mine, &mut sum, SystemOperation::sum());
//!         println!("{sum}");
//!     } else {
//!         root.reduce_into(&mine, SystemOperation::sum()); // all ranks call, or all wait for ever
//!     }
//! } // MPI is finalised where the universe ends
//! ```
//!
//! Nobody hands out work: who does what follows from a rank's number, and data stay where they are worked on. That is why
//! a step over an array costs its neighbours one message each, of half a microsecond on one machine, where a scheduler
//! sends a task.
//!
//! # When a host dies
//!
//! Then the whole job ends. The others may be waiting for a message from the dead rank, so `mpirun` ends all of them, and
//! what they had done is lost: a program that must go on writes its state to disk now and then, and starts from there. Here
//! the call fails in words that name the rank, and the next call starts another job.
//!
//! A panic is less: ranks agree whether all have succeeded before they gather anything, so the call fails in the words of
//! the panic and the job goes on.
//!
//! # What a call costs
//!
//! A call is bytes, which rank 0 broadcasts. Between calls a rank looks for the next one for a moment, and then sleeps for
//! up to a millisecond at a time, since to wait in MPI is to use a core up. Arrays travel as their bytes between the ranks
//! and through the socket to the client, so what is cheap to make is dear to fetch.

#[cfg(not(feature = "mpi"))]
use crate::absent::Client;
#[cfg(feature = "mpi")]
use crate::job::Client;
use parallax_pattern::{Answer, Card, Cores, Technique};

/// The ranks of an MPI job, which wait for work.
#[derive(Debug)]
pub struct Mpi {
    pub(crate) client: Client,
}

impl Technique for Mpi {
    const CARD: Card = Card {
        name: "mpi",
        idea: "ranks own parts of the data and pass messages, in collectives and to their neighbours",
        gives: "the least time between machines: a border is exchanged in a microsecond, and no scheduler stands between",
        costs: "one dead rank ends the job, shares are fixed before the work begins, and waiting uses the core up",
        cores: Cores::Workers,
        libraries: &["mpi"],
        source: file!(),
    };

    fn start(workers: usize) -> Answer<Self> {
        Ok(Mpi { client: Client::start(workers.max(1))? })
    }
}

#[cfg(feature = "mpi")]
mod distribute;
