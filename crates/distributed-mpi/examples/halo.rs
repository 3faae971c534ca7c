//! Measures calls and messages of MPI on this machine, and prints medians.

#![expect(clippy::print_stdout, reason = "a program that reports")]
#![expect(clippy::disallowed_methods, reason = "a program that measures")]

use parallax_distributed_mpi::Mpi;
use parallax_pattern::{Distribute, Graph, No, Reduce, Sequential, Stencil, Technique};
use parallax_suite::workload::{MonteCarlo, Params, Size, Workload};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;

/// A ring whose items become the sum of their neighbours.
#[derive(Serialize, Deserialize)]
struct Ring {
    len: usize,
    steps: usize,
}

impl Stencil for Ring {
    type Item = u64;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        1
    }
    fn steps(&self) -> usize {
        self.steps
    }
    fn reach(&self) -> usize {
        1
    }
    fn step(&self, old: &[u64], start: usize, new: &mut [u64]) {
        for (item, new) in (start..).zip(new) {
            *new = old[(item + self.len - 1) % self.len].wrapping_add(old[(item + 1) % self.len]);
        }
    }
}

/// Two tasks in each row, each of which depends on both of the row before.
#[derive(Serialize, Deserialize)]
struct Pair {
    rows: usize,
}

impl Graph for Pair {
    type Value = u64;
    fn width(&self) -> usize {
        2
    }
    fn depth(&self) -> usize {
        self.rows
    }
    fn needs(&self, row: usize, _: usize) -> impl Iterator<Item = usize> + '_ {
        0..if row == 0 { 0 } else { 2 }
    }
    fn run(&self, _: usize, column: usize, inputs: impl Iterator<Item = u64>) -> u64 {
        inputs.fold(column as u64, u64::wrapping_add)
    }
}

/// A sum of one item.
#[derive(Serialize, Deserialize)]
struct Nothing;

impl Reduce for Nothing {
    type Acc = u64;
    fn len(&self) -> usize {
        1
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, acc: &mut u64, items: std::ops::Range<usize>) {
        *acc += items.len() as u64;
    }
    fn merge(&self, acc: &mut u64, other: u64) {
        *acc += other;
    }
}

/// The median of some runs, in seconds.
fn median(runs: usize, mut run: impl FnMut() -> Result<(), No>) -> Result<f64, No> {
    let mut took = Vec::new();
    for _ in 0..runs {
        let begin = Instant::now();
        run()?;
        took.push(begin.elapsed().as_secs_f64());
    }
    took.sort_by(f64::total_cmp);
    Ok(took[runs / 2])
}

fn main() -> Result<(), No> {
    parallax_distributed_mpi::init();
    let start = median(5, || Mpi::start(2).map(drop))?;
    println!("a job of two ranks, started and ended: {:.0} ms", 1e3 * start);
    let mpi = Mpi::start(2)?;

    let call = median(1001, || mpi.reduce(&Arc::new(Nothing)).map(drop))?;
    println!("an empty call: {:.1} µs", 1e6 * call);

    let (len, steps) = (2048, 20_000);
    let ring = Arc::new(Ring { len, steps });
    let mut buffers = [vec![1; len], vec![0; len]];
    let [first, second] = &mut buffers;
    let both = median(11, || mpi.stencil(&ring, [first, second]))?;
    let half = Arc::new(Ring { len: len / 2, steps });
    let alone = median(11, || {
        Distribute::stencil(&Sequential, &half, [&mut first[..len / 2], &mut second[..len / 2]])
    })?;
    println!("a halo exchange beyond the work: {:.2} µs", 1e6 * (both - alone) / steps as f64);

    let pair = Arc::new(Pair { rows: 100_000 });
    let rows = median(11, || mpi.graph(&pair, &mut [0; 2]))?;
    println!("a row of a graph: {:.2} µs", 1e6 * rows / pair.rows as f64);

    let points = Arc::new(MonteCarlo::make(Params::of(Size::Headline)));
    let one = median(11, || Distribute::reduce(&Sequential, &points).map(drop))?;
    let two = median(11, || mpi.reduce(&points).map(drop))?;
    println!("montecarlo on two ranks: {:.2} times as fast as on one thread", one / two);
    Ok(())
}
