//! A graph of tasks: rows of tasks, each of which needs some results of the row before.
//!
//! Replace `Routes` with your own work: the numbers of tasks in a row and of rows, the results of the row before that a
//! task needs, and the result that it returns. Tables of dynamic programming are such graphs.

use parallax::prelude::*;

/// The cheapest way down through a grid, a step at a time, straight or to either side.
struct Routes {
    width: usize,
    depth: usize,
}

impl Graph for Routes {
    type Value = u64;

    fn width(&self) -> usize {
        self.width
    }

    fn depth(&self) -> usize {
        self.depth
    }

    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
        let (first, last) = (column.saturating_sub(1), (column + 1).min(self.width - 1));
        (first..=last).filter(move |_| row > 0)
    }

    /// The kernel: one task.
    fn run(&self, row: usize, column: usize, inputs: impl Iterator<Item = u64>) -> u64 {
        inputs.min().unwrap_or(0) + toll(row, column)
    }
}

/// The cost of a field: some thousand operations, as tasks that do almost nothing gain nothing.
fn toll(row: usize, column: usize) -> u64 {
    let seed = (row * 31 + column) as u64;
    (0..2_000).fold(seed, |toll, turn| toll.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(turn)) >> 48
}

fn main() -> ExitCode {
    parallax::bench("graph-example", || Routes { width: 64, depth: 100 }).main()
}
