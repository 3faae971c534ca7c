//! Workers with private memory: their tasks are written to them through a pipe, and the results are written back.
//!
//! ```
//! use parallax_processes::Pool;
//! use std::ops::Range;
//!
//! fn squares(items: Range<u64>) -> Vec<u64> {
//!     items.map(|x| x * x).collect() // runs in another process: it sees its argument and nothing else
//! }
//!
//! fn main() -> Result<(), parallax_processes::Error> {
//!     parallax_processes::init(); // first of all: the workers are this very program, started again
//!     let pool = Pool::builder().workers(2).build()?;
//!     let parts = pool.map(squares, [0..3, 3..5])?;
//!     assert_eq!(parts.concat(), [0, 1, 4, 9, 16]);
//!     Ok(())
//! }
//! ```
//!
//! The idea is that of Python's `multiprocessing.Pool`, and of every shell pipeline before it. A
//! range of a few bytes goes out, so the cost depends on how much comes back: a sum costs some
//! microseconds, an array is copied four times on its way.

use super::packed::Packed;
use super::sent::Sent;
use super::tasks::{fill, finish, fold, run_row, solve, walk};
use super::{failed, portion, unavailable};
use crate::Pool;
use crate::pool::Frontier;
use parallax_pattern::{
    Answer, Card, Cores, Distribute, Divide, Graph, Map, Nest, No, Reduce, Rounds, Search, Stencil, Sweep,
    Technique, Wire, covers, pieces,
};
use std::collections::VecDeque;
use std::sync::Arc;

/// A pool of worker processes that receive ranges and send back results.
#[derive(Debug)]
pub struct Pipes {
    pool: Pool,
}

impl Technique for Pipes {
    const CARD: Card = Card {
        name: "pipes",
        idea: "worker processes take ranges from a pipe and write back the results",
        gives: "workers that share nothing: no lock to forget, and a crash loses one piece of work",
        costs: "every result is copied through a pipe; a call takes microseconds, not nanoseconds",
        cores: Cores::Workers,
        libraries: &["postcard"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let pool = Pool::builder().workers(workers.max(1)).build();
        Ok(Pipes { pool: pool.map_err(unavailable)? })
    }
}

/// Portions for each worker: enough to balance items of different cost, few enough that messages
/// cost little.
const PORTIONS: usize = 16;
/// A part of an output is made in cache, and the parent copies one while the next is made.
const LARGEST_PART: usize = 1 << 20;
/// How many nodes of a tree a worker visits before it gives back the nodes it has not visited.
const WALK: usize = 1 << 17;
/// The same while other workers are idle.
const SHORT_WALK: usize = 1 << 9;

impl Distribute for Pipes {
    fn map<M: Map<Item: Wire> + Wire>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let sent = Sent::new(work)?;
        let most = (LARGEST_PART / size_of::<M::Item>().max(1)).max(1);
        let size = self.portion(out.len(), work.grain()).min(most.next_multiple_of(work.grain().max(1)));
        let tasks = pieces(out.len(), size).map(|items| (sent.clone(), items));
        let parts = self.pool.chunked(1).map_unordered(fill::<M>, tasks).map_err(failed)?;
        for (k, part) in parts {
            let Packed(part) = part.map_err(failed)?;
            out[k * size..][..part.len()].clone_from_slice(&part);
        }
        Ok(())
    }

    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let sent = Sent::new(work)?;
        let size = self.portion(work.len(), work.grain());
        let tasks = pieces(work.len(), size).map(|items| (sent.clone(), items));
        let mut total = work.empty();
        for acc in self.pool.chunked(1).map(fold::<R>, tasks).map_err(failed)? {
            work.merge(&mut total, acc);
        }
        Ok(total)
    }

    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(No::Unfit("the array would travel through the pipes at every step"))
    }

    fn stencil<S: Stencil<Item: Wire> + Wire>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(No::Unfit("the array would travel through the pipes at every step"))
    }

    /// Row by row: each worker gets the row before and a share of the columns. Waiting for all of
    /// them keeps the order, so the round trip is paid once a row.
    fn graph<G: Graph<Value: Wire> + Wire>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let sent = Sent::new(work)?;
        let share = work.width().div_ceil(self.pool.workers()).max(1);
        for row in 0..work.depth() {
            let before = if row == 0 { Vec::new() } else { last_row.to_vec() };
            let task = |columns| (sent.clone(), row, columns, Packed(before.clone()));
            let shares = pieces(work.width(), share).map(task);
            let values = self.pool.chunked(1).map(run_row::<G>, shares).map_err(failed)?;
            for (place, Packed(values)) in last_row.chunks_mut(share).zip(values) {
                place.clone_from_slice(&values);
            }
        }
        Ok(())
    }

    /// A worker that has walked for a while gives back the nodes that it has not visited, and idle workers get some of
    /// them: they cannot reach into its memory to steal.
    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let mut nodes = Nodes {
            sent: Sent::new(work)?,
            open: work.roots().into(),
            total: work.empty(),
            parts: 2 * self.pool.workers(),
        };
        self.pool.explore(walk::<S>, &mut nodes).map_err(failed)?;
        Ok(nodes.total)
    }

    /// Parallel only in the outer loop: an inner piece is too small to be sent.
    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        let sent = Sent::new(work)?;
        let size = self.portion(out.len(), 1);
        let tasks = pieces(out.len(), size).map(|outers| (sent.clone(), outers));
        let parts = self.pool.chunked(1).map(finish::<N>, tasks).map_err(failed)?;
        for (place, Packed(items)) in out.chunks_mut(size).zip(parts) {
            place.clone_from_slice(&items);
        }
        Ok(())
    }

    /// Each worker sends back a solved part, and the parts are combined here: if a worker combined them, they would
    /// travel out and back once more, which takes longer.
    fn divide<D: Divide<Item: Wire> + Wire>(
        &self,
        work: &Arc<D>,
        out: &mut [D::Item],
        room: &mut [D::Item],
    ) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let sent = Sent::new(work)?;
        let size = portion(work.len(), work.grain(), self.pool.workers());
        Rounds::new(work.len(), size).gather(&**work, out, room, |place| {
            let tasks = pieces(place.len(), size).map(|items| (sent.clone(), items));
            for (k, part) in self.pool.chunked(1).map_unordered(solve::<D>, tasks).map_err(failed)? {
                let Packed(part) = part.map_err(failed)?;
                place[k * size..][..part.len()].clone_from_slice(&part);
            }
            Ok(())
        })
    }
}

/// The nodes of a search that are not being visited, the oldest first.
struct Nodes<S: Search> {
    sent: Sent<S>,
    open: VecDeque<S::Node>,
    total: S::Acc,
    /// A worker gets `1 / parts` of the open nodes, so that some are left for workers that finish before it.
    parts: usize,
}

impl<S: Search<Node: Wire, Acc: Wire> + Wire> Frontier for Nodes<S> {
    type Task = (Sent<S>, Vec<S::Node>, usize);
    type Found = (S::Acc, Vec<S::Node>);

    fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn next(&mut self) -> Self::Task {
        let visits = if self.open.len() >= self.parts { WALK } else { SHORT_WALK };
        let oldest = self.open.len().div_ceil(self.parts); // they lead to large subtrees
        (self.sent.clone(), self.open.drain(..oldest).collect(), visits)
    }

    fn take(&mut self, (found, left): Self::Found) {
        self.sent.merge(&mut self.total, found);
        self.open.extend(left);
    }
}

impl Pipes {
    fn portion(&self, len: usize, grain: usize) -> usize {
        portion(len, grain, PORTIONS * self.pool.workers())
    }
}
