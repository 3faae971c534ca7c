//! Ranks that share nothing pass messages: the same program runs on all hosts, and its ranks meet in collectives.
//!
//! ```no_run
//! // mpirun -n 4 ./sum
//! # #[cfg(not(feature = "mpi"))] fn main() {} // the rest needs Open MPI to compile
//! # #[cfg(feature = "mpi")]
//! use mpi::collective::SystemOperation;
//! # #[cfg(feature = "mpi")]
//! use mpi::traits::*;
//!
//! # #[cfg(feature = "mpi")]
//! fn main() {
//!     let universe = mpi::initialize().expect("MPI is not initialised yet");
//!     let world = universe.world();
//!     let (rank, size) = (world.rank() as u64, world.size() as u64);
//!     // every rank does the share of its number
//!     let mine: u64 = (rank..1_000_000).step_by(size as usize).map(|x| x * x % 7).sum();
//!     let root = world.process_at_rank(0);
//!     if rank == 0 {
//!         let mut sum = 0_u64;
//!         root.reduce_into_root(&mine, &mut sum, SystemOperation::sum());
//!         println!("{sum}");
//!     } else {
//!         root.reduce_into(&mine, SystemOperation::sum()); // all ranks call, or all wait forever
//!     }
//! } // MPI is finalised where the universe ends
//! ```
//!
//! There is no scheduler: a rank's share follows from its number, and data stays where it is processed. That is why a
//! step over an array costs its neighbours one message each, of half a microsecond on one machine, where a scheduler
//! sends a task.
//!
//! # When a host dies
//!
//! Then the whole job ends. The others may be waiting for a message from the dead rank, so `mpirun` ends all of them,
//! and their work is lost: a program that must go on writes its state to disk now and then, and starts from there. Here
//! the call fails with an error that names the rank, and the next call starts another job.
//!
//! A panic is less severe: ranks agree whether all have succeeded before they gather anything, so the call fails with
//! the panic's message and the job goes on.
//!
//! # What a call costs
//!
//! A call is bytes, which rank 0 broadcasts. Between calls a rank polls for the next one for a moment, and then sleeps
//! for up to a millisecond at a time, since waiting in MPI uses a whole core. Arrays travel as their bytes between the
//! ranks and through the socket to the client, so results that are cheap to make are expensive to fetch.

#[cfg(not(feature = "mpi"))]
use crate::absent::Client;
#[cfg(feature = "mpi")]
use crate::{
    deal::Deal,
    job::Client,
    ranks::{arrays, graph, search, steps},
};
use parallax_pattern::{Answer, Card, Cores, Technique, Transport};
#[cfg(feature = "mpi")]
use parallax_pattern::{
    Distribute, Divide, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Wire, covers,
};
#[cfg(feature = "mpi")]
use parallax_processes::remote::Packed;
#[cfg(feature = "mpi")]
use std::sync::Arc;

/// The ranks of an MPI job, which wait for calls.
#[derive(Debug)]
pub struct Mpi {
    pub(crate) client: Client,
}

impl Technique for Mpi {
    const CARD: Card = Card {
        name: "mpi",
        idea: "ranks own parts of the data and pass messages, in collectives and to their neighbours",
        gives: "the least time between machines: a border is exchanged in a microsecond, with no scheduler",
        costs: "one dead rank ends the job, shares are fixed before the work begins, and waiting uses a whole core",
        cores: Cores::Workers,
        libraries: &["mpi"],
        source: file!(),
    };

    fn start(workers: usize) -> Answer<Self> {
        Ok(Mpi { client: Client::start(workers.max(1))? })
    }
    fn transport(&self) -> Option<Transport> {
        Some(self.client.transport())
    }
}

// The client's half of each pattern: the shares are decided here, and the ranks' half is called by name.
#[cfg(feature = "mpi")]
impl Distribute for Mpi {
    /// Pieces are dealt in turn, before their costs are known.
    fn map<M: Map<Item: Wire> + Wire>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        if out.is_empty() {
            return Ok(());
        }
        let deal = Deal::in_turn(out.len(), work.grain(), self.client.ranks());
        self.client.call(arrays::fill::<M>, work, deal)?.fetch(deal, out)
    }

    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        if work.len() == 0 {
            return Ok(work.empty());
        }
        let deal = Deal::in_turn(work.len(), work.grain(), self.client.ranks());
        self.client.call(arrays::fold::<R>, work, deal)?.result()?.ok_or_else(unanswered)
    }

    /// Each rank keeps its part through all steps.
    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        if state.is_empty() || work.steps() == 0 {
            return Ok(());
        }
        let deal = Deal::blocks(state.len(), work.grain(), self.client.ranks());
        let parts = Some((deal, &*state));
        self.client.call_with(steps::sweep::<S>, work, (deal, work.steps()), parts)?.fetch(deal, state)
    }

    /// Each rank keeps its part, and before a step receives the items within reach.
    fn stencil<S: Stencil<Item: Wire> + Wire>(
        &self,
        work: &Arc<S>,
        buffers: [&mut [S::Item]; 2],
    ) -> Answer<()> {
        let [first, second] = buffers;
        covers(work.len(), first.len())?;
        covers(work.len(), second.len())?;
        if first.is_empty() || work.steps() == 0 {
            return Ok(());
        }
        let deal = Deal::blocks(first.len(), work.grain(), self.client.ranks());
        let numbers = steps::Numbers { deal, steps: work.steps(), reach: work.reach() };
        let call = self.client.call_with(steps::stencil::<S>, work, numbers, Some((deal, &*first)))?;
        call.fetch(deal, if work.steps().is_multiple_of(2) { first } else { second })
    }

    /// Each rank has a block of columns.
    fn graph<G: Graph<Value: Wire> + Wire>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        if last_row.is_empty() || work.depth() == 0 {
            return Ok(());
        }
        let deal = Deal::blocks(last_row.len(), 1, self.client.ranks());
        self.client.call(graph::run::<G>, work, (deal, work.depth()))?.fetch(deal, last_row)
    }

    /// Roots are dealt in turn; then ranks without work ask others for theirs.
    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let roots = work.roots();
        if roots.is_empty() {
            return Ok(work.empty());
        }
        self.client.call(search::run::<S>, work, roots)?.result()?.ok_or_else(unanswered)
    }

    /// Parallel at the outer level only: the items are dealt as those of a map.
    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        if out.is_empty() {
            return Ok(());
        }
        let deal = Deal::in_turn(out.len(), 1, self.client.ranks());
        self.client.call(arrays::make_items::<N>, work, deal)?.fetch(deal, out)
    }

    /// Each rank solves its block, and neighbours are merged in a tree, as the values of a reduction are: half of the
    /// ranks send theirs away in each round, and rank 0 has the whole in the end.
    fn divide<D: Divide<Item: Wire> + Wire>(
        &self,
        work: &Arc<D>,
        out: &mut [D::Item],
        room: &mut [D::Item],
    ) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        if out.is_empty() {
            return Ok(());
        }
        let deal = Deal::blocks(out.len(), work.grain(), self.client.ranks());
        let solved = self.client.call(arrays::solve::<D>, work, deal)?.result()?;
        let Packed(solved) = solved.ok_or_else(unanswered)?;
        if solved.len() != out.len() {
            return Err(No::failed(format!("{} items came back of {}", solved.len(), out.len())));
        }
        out.iter_mut().zip(solved).for_each(|(place, item)| *place = item);
        Ok(())
    }
}

#[cfg(feature = "mpi")]
fn unanswered() -> No {
    No::failed("rank 0 answered without a result")
}
