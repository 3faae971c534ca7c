//! A search as tasks: each walks a part of the tree for a while, then returns the rest to be split.
//!
//! ```
//! use futures_util::stream::{FuturesUnordered, StreamExt};
//!
//! // How many numbers below 1000 are reached from 1 by n -> 2n and n -> 2n + 1?
//! async fn walk(from: u64) -> (u64, Vec<u64>) {
//!     if from < 1000 { (1, vec![2 * from, 2 * from + 1]) } else { (0, vec![]) }
//! }
//! let mut walks = FuturesUnordered::from_iter([walk(1)]);
//! let mut count = 0;
//! smol::block_on(async {
//!     while let Some((found, open)) = walks.next().await {
//!         count += found;
//!         walks.extend(open.into_iter().map(walk)); // spawned instead, they would run at the same time
//!     }
//! });
//! assert_eq!(count, 999);
//! ```
//!
//! The cutoff is a number of visits: below it a walk is a plain loop on its own stack, which cannot overflow. The rest
//! is halved while there are too few walks to keep the workers busy; the runtime then decides which worker takes which
//! half. The set of walks is also the counter that shows when all is done. It belongs to a task, the driver: a worker
//! that ends a walk goes on with the driver, where a driver on the caller's thread would have to be woken each time.

use crate::runtime::{Runtime, Spawner, Task, all, opened, task};
use futures_util::stream::{FuturesUnordered, StreamExt};
use parallax_pattern::within::Within;
use parallax_pattern::{Answer, Execute, Search, Sequential, dig};
use std::sync::Arc;

/// How many nodes a walk visits before it returns the rest: some hundred microseconds, next to
/// which the few of a spawn and a wake-up do not count.
const CUTOFF: usize = 1 << 14;

/// How many walks per worker are enough, so that a worker that ends early finds the next one waiting.
const PLENTY: usize = 4;

/// A task for each walk, and one to split the rests of the walks.
pub(crate) fn search<S: Search>(runtime: &dyn Runtime, work: &Arc<S>) -> Answer<S::Acc> {
    let Some(within) = runtime.enter() else { return Sequential.search(work) };
    let enough = PLENTY * runtime.workers();
    let driver = Driver { work: work.clone(), within: within.clone(), spawner: runtime.spawner(), enough };
    let made = all(runtime, vec![(0, task(&within, driver.drive()))])?;
    Ok(made.into_iter().map(opened::<S::Acc>).next().expect("one task was started"))
}

/// The task that splits walks; it owns its data, as every task does.
struct Driver<S> {
    work: Arc<S>,
    within: Within,
    spawner: Spawner,
    enough: usize,
}

impl<S: Search> Driver<S> {
    async fn drive(self) -> S::Acc {
        let mut acc = self.work.empty();
        let mut walks = FuturesUnordered::from_iter([self.spawn(self.work.roots())]);
        while let Some(made) = walks.next().await {
            let (gathered, open) = opened::<Walked<S>>(made);
            // Split first: a worker may have nothing to do.
            let parts = if walks.len() < self.enough { halves(open) } else { [open, Vec::new()] };
            walks.extend(parts.into_iter().filter(|part| !part.is_empty()).map(|part| self.spawn(part)));
            self.work.merge(&mut acc, gathered);
        }
        acc
    }

    fn spawn(&self, open: Vec<S::Node>) -> Task {
        let work = self.work.clone();
        (self.spawner)(task(&self.within, async move { walk(&*work, open) }))
    }
}

/// A walk's accumulator, and the nodes that it has not visited.
type Walked<S> = (<S as Search>::Acc, Vec<<S as Search>::Node>);

/// Visits up to [`CUTOFF`] nodes, depth first.
fn walk<S: Search>(work: &S, mut open: Vec<S::Node>) -> Walked<S> {
    let mut acc = work.empty();
    dig(work, &mut open, &mut acc, CUTOFF);
    (acc, open)
}

/// Deals nodes out to two halves: nodes found first often lead to the most, so neither half gets them all.
fn halves<N>(open: Vec<N>) -> [Vec<N>; 2] {
    let mut halves = [Vec::with_capacity(open.len().div_ceil(2)), Vec::with_capacity(open.len() / 2)];
    for (k, node) in open.into_iter().enumerate() {
        halves[k % 2].push(node);
    }
    halves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_half_gets_early_nodes_and_none_is_lost() {
        assert_eq!(halves(vec![1, 2, 3, 4, 5]), [vec![1, 3, 5], vec![2, 4]]);
        assert_eq!(halves(vec![1]), [vec![1], vec![]]);
        assert_eq!(halves::<u8>(vec![]), [Vec::<u8>::new(), vec![]]);
    }
}
