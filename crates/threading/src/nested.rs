//! Threads within threads: a number at the outer level times a number at the inner one, and the cost of the product.
//!
//! ```
//! use std::thread;
//!
//! fn sums(rows: &[Vec<u64>], inner: usize) -> Vec<u64> {
//!     let sum = |row: &Vec<u64>| -> u64 {
//!         thread::scope(|s| {
//!             let parts = row.chunks(row.len().div_ceil(inner)).map(|part| s.spawn(|| part.iter().sum::<u64>()));
//!             let parts: Vec<_> = parts.collect(); // start all before waiting for one
//!             parts.into_iter().map(|part| part.join().unwrap()).sum()
//!         })
//!     };
//!     thread::scope(|s| {
//!         let rows: Vec<_> = rows.iter().map(|row| s.spawn(move || sum(row))).collect();
//!         rows.into_iter().map(|row| row.join().unwrap()).collect()
//!     })
//! }
//!
//! assert_eq!(sums(&[vec![1, 2, 3], vec![4, 5]], 2), [6, 9]); // two threads outside, two in each
//! ```
//!
//! Neither level knows about the other, as when a parallel parameter search calls a linear algebra library that starts
//! threads too. Begin at the outer level: its pieces are the largest and start seldom. The inner level helps when there
//! are fewer outer items than cores. Both together make more threads than cores, unless the program divides the cores
//! up, or all share one pool as rayon's nested loops do.

use crate::join;
use parallax_pattern::{Answer, Card, Cores, Nest, Technique, covers, share, team, whole_share};
use std::{io, thread};

/// `OUTER` threads with a share of the outer items each, and `INNER` threads for each sum.
///
/// The number of threads does not depend on the number of workers: this technique shows the product.
#[derive(Debug, Clone, Copy)]
pub struct Nested<const OUTER: usize, const INNER: usize>;

impl<const OUTER: usize, const INNER: usize> Technique for Nested<OUTER, INNER> {
    const CARD: Card = Card {
        name: match (OUTER, INNER) {
            (1, 1) => "nested-1x1",
            (1, 2) => "nested-1x2",
            (1, 4) => "nested-1x4",
            (2, 1) => "nested-2x1",
            (2, 2) => "nested-2x2",
            (2, 4) => "nested-2x4",
            (4, 1) => "nested-4x1",
            (4, 2) => "nested-4x2",
            (4, 4) => "nested-4x4",
            _ => "nested", // other numbers
        },
        idea: "a fixed number of threads outside, and each starts a fixed number inside",
        gives: "parallel sums where there are fewer outer items than cores",
        costs: "threads started for every sum; more of them than cores when both levels have many",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Nested)
    }
}

impl<const OUTER: usize, const INNER: usize> Nested<OUTER, INNER> {
    /// Makes the outer items on `OUTER` threads, and sums the pieces of each on `INNER`.
    ///
    /// # Errors
    ///
    /// If the output has another length than the work, or a thread cannot be started.
    pub fn nest<N: Nest>(&self, work: &N, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        let share = whole_share(out.len(), 1, OUTER);
        let fill = |(k, part): (usize, &mut [N::Item])| {
            for (outer, item) in (k * share..).zip(part) {
                *item = work.finish(outer, self.gather(work, outer)?);
            }
            Ok(())
        };
        let parts = out.chunks_mut(share).enumerate();
        team::run(parts.map(|part| move || fill(part)))?.into_iter().collect()
    }

    /// The sum of an outer item's pieces; the thread that needs it does the first share itself.
    fn gather<N: Nest>(&self, work: &N, outer: usize) -> Answer<N::Acc> {
        let fold = |k| {
            let mut acc = work.empty();
            work.fold(outer, &mut acc, share(work.shape().1, INNER, k));
            acc
        };
        thread::scope(|s| {
            let start = |k| thread::Builder::new().spawn_scoped(s, move || fold(k));
            let others = (1..INNER).map(start).collect::<io::Result<_>>();
            let others = others.map_err(|error| team::not_started(&error))?;
            let first = fold(0);
            let accs = join::all(others);
            Ok(accs.into_iter().fold(first, |mut sum, acc| {
                work.merge(&mut sum, acc);
                sum
            }))
        })
    }
}
