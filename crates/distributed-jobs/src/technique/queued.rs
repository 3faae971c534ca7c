//! Work as durable jobs: each piece is submitted, claimed by a worker, and finished once, even if processes die
//! meanwhile.
//!
//! ```
//! use parallax_distributed_jobs::{Error, Jobs};
//!
//! fn count_primes(below: u64) -> usize {
//!     (2..below).filter(|n| (2..*n).all(|d| n % d > 0)).count()
//! }
//!
//! fn main() -> Result<(), Error> {
//!     parallax_distributed_jobs::init(); // first of all: the workers are this same program, started again
//! #   let folder = tempfile::tempdir().unwrap();
//! #   let path = folder.path().join("jobs.db");
//!     let jobs = Jobs::builder().workers(2).open(path)?; // or .redis("redis://10.0.0.1:6379")
//!     assert_eq!(jobs.map(count_primes, [10, 100])?, [4, 25]);
//!     Ok(())
//! }
//! ```
//!
//! **When a host dies:** its workers are silent, and when their lease is over, the others take over their claims. A
//! result that comes twice is stored once. What else may be lost depends on the broker: see [`sqlite`](super::sqlite)
//! and [`redis`](super::redis).
//!
//! The idea is Celery's, and older: a queue that outlives its producers and consumers. A job costs some writes to the
//! queue, so pieces are large here. The work itself is in the store once, and each worker reads it once.

use crate::{Handle, Jobs, Kept};
use parallax_pattern::{
    Answer, Card, Distribute, Divide, Graph, Map, Nest, No, Reduce, Rounds, Search, Stencil, Sweep,
    Technique, Transport, Wire, covers, dig, make_item, needs, pieces, whole_share,
};
use parallax_processes::remote::Packed;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// The store of the jobs.
pub trait Broker: Send + 'static {
    /// The technique's card with this broker.
    const CARD: Card;
    /// Opens jobs in their own place, and returns what must stay as long as they do.
    ///
    /// # Errors
    ///
    /// [`No::Unavailable`] if this machine lacks what it needs.
    fn open(workers: usize) -> Answer<(Jobs, Self)>
    where
        Self: Sized;
    /// Removes everything.
    fn close(&self, jobs: &Jobs);
}

/// Workers that take pieces of work from a queue that outlives them.
#[derive(Debug)]
pub struct Queued<B: Broker> {
    workers: usize,
    jobs: Jobs,
    broker: B,
}

impl<B: Broker> Drop for Queued<B> {
    fn drop(&mut self) {
        self.broker.close(&self.jobs);
    }
}

/// Portions for each worker: enough to even out items of different cost, few enough that jobs cost little.
const PORTIONS: usize = 16;
/// The largest part of an output that one job makes: it is in memory three times, and a store has limits.
const LARGEST_PART: usize = 1 << 20;
/// How many nodes of a tree a worker visits before it returns the rest.
const WALK: usize = 1 << 17;
/// The same while others have nothing to do.
const SHORT_WALK: usize = 1 << 9;
/// Why sweeps and stencils are refused.
const STATE: No = No::Unfit("the array would go through the queue at every step, there and back");

impl<B: Broker> Technique for Queued<B> {
    const CARD: Card = Card { source: file!(), ..B::CARD };
    fn start(workers: usize) -> Answer<Self> {
        let (jobs, broker) = B::open(workers)?;
        Ok(Queued { workers: workers.max(1), jobs, broker })
    }
    fn transport(&self) -> Option<Transport> {
        Some(self.jobs.transport())
    }
}

impl<B: Broker> Distribute for Queued<B> {
    fn map<M: Map<Item: Wire> + Wire>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let kept = self.jobs.keep(work).map_err(failed)?;
        let most = (LARGEST_PART / size_of::<M::Item>().max(1)).max(1);
        let size = self.portion(out.len(), work.grain()).min(most.next_multiple_of(work.grain().max(1)));
        let tasks = pieces(out.len(), size).map(|items| (kept.clone(), items));
        let parts = self.jobs.map(fill::<M>, tasks).map_err(failed)?;
        place(out, size, parts);
        Ok(())
    }

    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let kept = self.jobs.keep(work).map_err(failed)?;
        let tasks =
            pieces(work.len(), self.portion(work.len(), work.grain())).map(|items| (kept.clone(), items));
        let mut total = work.empty();
        for acc in self.jobs.map(fold::<R>, tasks).map_err(failed)? {
            work.merge(&mut total, acc);
        }
        Ok(total)
    }

    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(STATE)
    }

    fn stencil<S: Stencil<Item: Wire> + Wire>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(STATE)
    }

    /// Row by row: a queue has no jobs that wait for others, so the caller waits, and each row costs a round trip.
    fn graph<G: Graph<Value: Wire> + Wire>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let kept = self.jobs.keep(work).map_err(failed)?;
        let share = whole_share(work.width(), 1, self.workers);
        for row in 0..work.depth() {
            let before = if row == 0 { Vec::new() } else { last_row.to_vec() };
            let task = |columns| (kept.clone(), row, columns, Packed(before.clone()));
            let tasks = pieces(work.width(), share).map(task);
            place(last_row, share, self.jobs.map(run_row::<G>, tasks).map_err(failed)?);
        }
        Ok(())
    }

    /// A worker that has walked for a while returns the nodes that it still has to visit as the result of its job, and
    /// they become new jobs.
    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let kept = self.jobs.keep(work).map_err(failed)?;
        let (mut total, mut open) = (work.empty(), VecDeque::from(work.roots()));
        let (mut walks, window) = (VecDeque::<Handle<_>>::new(), 2 * self.workers);
        let mut submitted = Vec::new();
        loop {
            while walks.len() < window && !open.is_empty() {
                let crowded = open.len() >= window;
                let nodes: Vec<_> = open.drain(..open.len().div_ceil(window)).collect(); // the oldest: large subtrees
                let task = (kept.clone(), nodes, if crowded { WALK } else { SHORT_WALK });
                let walk = self.jobs.submit(walk::<S>, task).map_err(failed)?;
                submitted.push(walk.id());
                walks.push_back(walk);
            }
            let Some(oldest) = walks.pop_front() else { break };
            let (found, left) = oldest.wait().map_err(failed)?;
            work.merge(&mut total, found);
            open.extend(left);
        }
        self.jobs.forget(&submitted).map_err(failed)?;
        Ok(total)
    }

    /// Parallel at the outer level only: an inner piece is too small to be a job.
    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        let kept = self.jobs.keep(work).map_err(failed)?;
        let size = self.portion(out.len(), 1);
        let tasks = pieces(out.len(), size).map(|outers| (kept.clone(), outers));
        place(out, size, self.jobs.map(finish::<N>, tasks).map_err(failed)?);
        Ok(())
    }

    /// Parts are jobs, and are merged here: a merging job would have to read them from the store and write them again.
    fn divide<D: Divide<Item: Wire> + Wire>(
        &self,
        work: &Arc<D>,
        out: &mut [D::Item],
        room: &mut [D::Item],
    ) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let kept = self.jobs.keep(work).map_err(failed)?;
        let most = (LARGEST_PART / size_of::<D::Item>().max(1)).max(1);
        let size = whole_share(work.len(), work.grain(), self.workers)
            .min(most.next_multiple_of(work.grain().max(1)));
        Rounds::new(work.len(), size).gather(&**work, out, room, |solved| {
            let tasks = pieces(solved.len(), size).map(|items| (kept.clone(), items));
            place(solved, size, self.jobs.map(solve::<D>, tasks).map_err(failed)?);
            Ok(())
        })
    }
}

impl<B: Broker> Queued<B> {
    fn portion(&self, len: usize, grain: usize) -> usize {
        whole_share(len, grain, PORTIONS * self.workers)
    }
}

fn failed(error: crate::Error) -> No {
    No::Failed(error.into())
}

/// Puts parts of `size` items, the last one of fewer, into their places.
fn place<T: Clone>(out: &mut [T], size: usize, parts: Vec<Packed<T>>) {
    for (place, Packed(part)) in out.chunks_mut(size).zip(parts) {
        place.clone_from_slice(&part);
    }
}

// The following runs in the workers.

fn fill<M: Map<Item: Wire> + Wire>((work, items): (Kept<M>, Range<usize>)) -> Packed<M::Item> {
    let mut part = vec![M::Item::default(); items.len()];
    work.fill(items.start, &mut part);
    Packed(part)
}

fn solve<D: Divide<Item: Wire> + Wire>((work, items): (Kept<D>, Range<usize>)) -> Packed<D::Item> {
    let mut part = vec![D::Item::default(); items.len()];
    work.solve(items.start, &mut part);
    Packed(part)
}

fn fold<R: Reduce<Acc: Wire> + Wire>((work, items): (Kept<R>, Range<usize>)) -> R::Acc {
    let mut acc = work.empty();
    work.fold(&mut acc, items);
    acc
}

fn run_row<G: Graph<Value: Wire> + Wire>(
    task: (Kept<G>, usize, Range<usize>, Packed<G::Value>),
) -> Packed<G::Value> {
    let (work, row, columns, Packed(before)) = task;
    let inputs = |column| needs(&*work, row, column).map(|need| before[need].clone());
    Packed(columns.map(|column| work.run(row, column, inputs(column))).collect())
}

fn walk<S: Search<Node: Wire, Acc: Wire> + Wire>(
    (work, mut open, visits): (Kept<S>, Vec<S::Node>, usize),
) -> (S::Acc, Vec<S::Node>) {
    let mut acc = work.empty();
    dig(&*work, &mut open, &mut acc, visits);
    (acc, open)
}

fn finish<N: Nest<Item: Wire, Acc: Wire> + Wire>((work, outers): (Kept<N>, Range<usize>)) -> Packed<N::Item> {
    Packed(outers.map(|outer| make_item(&*work, outer)).collect())
}
