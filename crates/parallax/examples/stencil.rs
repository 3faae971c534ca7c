//! A stencil: an array whose next state is made from the neighbourhoods of the last one, step by step.
//!
//! Replace `Life` by your own work: what an item is, how many there are and how many steps, and how a piece of the next
//! state (`new`) is made from the whole of the last (`old`).

use parallax::prelude::*;

/// Conway's game of life on a torus.
struct Life {
    side: usize,
}

impl Stencil for Life {
    type Item = bool;

    fn len(&self) -> usize {
        self.side * self.side
    }

    /// Pieces are whole rows.
    fn grain(&self) -> usize {
        self.side
    }

    fn steps(&self) -> usize {
        50
    }

    /// The kernel: cells `start..start + new.len()` of the next state.
    fn step(&self, old: &[bool], start: usize, new: &mut [bool]) {
        let n = self.side;
        for (cell, at) in new.iter_mut().zip(start..) {
            let (row, column) = (at / n, at % n);
            let (rows, columns) = ([row + n - 1, row, row + 1], [column + n - 1, column, column + 1]);
            let alive = |row: usize| columns.iter().filter(|&&column| old[row % n * n + column % n]).count();
            let all: usize = rows.into_iter().map(alive).sum();
            *cell = all == 3 || (all == 4 && old[at]);
        }
    }
}

fn main() -> ExitCode {
    // It begins with a pattern that goes on for long.
    parallax::bench("stencil-example", || Life { side: 256 })
        .begin_with(|life| (0..life.len()).map(|at| at * at % 7 < 3).collect())
        .main()
}
