//! Point-to-point waiting: a task waits for the values that it needs, not for all workers.
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering::{Acquire, Release}};
//! use std::{hint, thread};
//!
//! /// Row after row, each number is its two neighbours in the row before, added and reduced, and 1 more.
//! fn last_row(width: usize, depth: usize, workers: usize) -> Vec<u64> {
//!     let cells: Vec<AtomicU64> = (0..width * depth).map(|_| AtomicU64::new(0)).collect(); // 0: not there yet
//!     let wait = |row: usize, column: usize| loop {
//!         match cells[row * width + column % width].load(Acquire) {
//!             0 => hint::spin_loop(),
//!             value => break value, // pairs with the `Release` of the thread that wrote it
//!         }
//!     };
//!     thread::scope(|s| {
//!         for worker in 0..workers {
//!             let columns = width * worker / workers..width * (worker + 1) / workers;
//!             let (cells, wait) = (&cells, &wait);
//!             s.spawn(move || {
//!                 for (row, column) in (0..depth).flat_map(|row| columns.clone().map(move |c| (row, c))) {
//!                     let sum = if row == 0 { 0 } else { wait(row - 1, column) + wait(row - 1, column + 1) };
//!                     cells[row * width + column].store(sum % 1000 + 1, Release);
//!                 }
//!             });
//!         }
//!     });
//!     cells[width * (depth - 1)..].iter().map(|cell| cell.load(Acquire)).collect()
//! }
//!
//! assert_eq!(last_row(6, 4, 2), [15; 6]); // 1, 3, 7, 15
//! ```
//!
//! A barrier makes all wait for the slowest, at every row. Here a worker waits only at the columns next to another
//! worker's, and may run ahead of workers whose values it does not need: a task costs a few nanoseconds more than its
//! work, and a row one line transfer for each border. The cost is a slot for every task, and columns that are fixed in
//! advance. The idea is the full/empty bit of the HEP (B. Smith, 1981) and its dataflow ancestors.

use crate::crew::{Crew, Job};
use crate::slots::Slots;
use parallax_pattern::within::Within;
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Map, Nest, No, Reduce, Search, Sequential, Stencil, Sweep,
    Technique, covers, needs, share,
};
use std::ops::Range;
use std::sync::Arc;

/// Columns of a graph for each worker, and a slot for the value of each task. The threads are kept from call to call:
/// starting one takes as long as a hundred tasks.
#[derive(Debug)]
pub struct PointToPoint {
    crew: Crew,
    workers: usize,
}

impl Technique for PointToPoint {
    const CARD: Card = Card {
        name: "point-to-point",
        idea: "each worker owns columns of the graph and spins until the values it needs are published",
        gives: "the least cost per task: no queue, no barrier, no counter",
        costs: "a slot per task; waiting burns the core; uneven columns stay uneven",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let workers = workers.max(1);
        Ok(PointToPoint { crew: Crew::start(workers)?, workers })
    }
}

/// Independent items never wait.
const INDEPENDENT: &str = "its items do not depend on each other, so no worker would wait";

impl Execute for PointToPoint {
    fn map<M: Map>(&self, _: &Arc<M>, _: &mut [M::Item]) -> Answer<()> {
        Err(No::Unfit(INDEPENDENT))
    }
    fn reduce<R: Reduce>(&self, _: &Arc<R>) -> Answer<R::Acc> {
        Err(No::Unfit(INDEPENDENT))
    }
    fn sweep<S: Sweep>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(No::Unfit(INDEPENDENT))
    }
    fn stencil<S: Stencil>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(No::Unfit("a step does not say which neighbours it reads, and waiting for all is a barrier"))
    }

    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let Some(within) = Within::enter(self) else { return Sequential.graph(work, last_row) };
        let gave = Arc::new(Slots::new(work.width() * work.depth()));
        let all_rows = |worker| -> Job {
            let (work, gave) = (Arc::clone(work), Arc::clone(&gave));
            let columns = share(work.width(), self.workers, worker);
            Box::new(move || run_columns(&*work, &gave, columns))
        };
        self.crew.run(within, (0..self.workers).map(all_rows));
        gave.read_out(last_row);
        Ok(())
    }

    fn search<S: Search>(&self, _: &Arc<S>) -> Answer<S::Acc> {
        Err(No::Unfit("which worker finds a node is unknown in advance, so none knows which to wait for"))
    }
    fn nest<N: Nest>(&self, _: &Arc<N>, _: &mut [N::Item]) -> Answer<()> {
        Err(No::Unfit(INDEPENDENT))
    }
    fn divide<D: Divide>(&self, _: &Arc<D>, _: &mut [D::Item], _: &mut [D::Item]) -> Answer<()> {
        Err(No::Unfit("a worker that merges two halves needs all of both, and waiting for all is a barrier"))
    }
}

/// Runs these columns from the first row to the last.
fn run_columns<G: Graph>(work: &G, gave: &Slots<G::Value>, columns: Range<usize>) {
    let (width, depth) = (work.width(), work.depth());
    let tasks = || (0..depth).flat_map(|row| columns.clone().map(move |column| (row, column)));
    let promise = gave.promise(tasks().map(|(row, column)| row * width + column));
    for (row, column) in tasks() {
        let needs = needs(work, row, column).map(|need| gave.wait((row - 1) * width + need));
        gave.set(row * width + column, work.run(row, column, needs));
    }
    promise.keep();
}
