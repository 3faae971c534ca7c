//! The game of life with booleans: a stencil, whose steps are generations.
//!
//! The number of steps has to be known in advance. *Until nothing changes* fits no pattern: run a fixed number of
//! steps, look, and run the next ones.

use own::{glider, lives};
use parallax::prelude::*;

struct Life {
    side: usize,
}

impl Stencil for Life {
    type Item = bool;
    fn len(&self) -> usize {
        self.side * self.side
    }
    fn grain(&self) -> usize {
        self.side
    }
    fn steps(&self) -> usize {
        2 * self.side // a glider moves by one cell each way in four generations: half way round
    }
    fn step(&self, old: &[bool], start: usize, new: &mut [bool]) {
        for (cell, at) in new.iter_mut().zip(start..) {
            *cell = lives(old, self.side, at);
        }
    }
}

fn main() -> ExitCode {
    parallax::bench("life", || Life { side: 64 }).begin_with(|life| glider(life.side)).main()
}

/// The program as it was.
mod own {
    pub(super) fn glider(side: usize) -> Vec<bool> {
        let alive = [(0, 1), (1, 2), (2, 0), (2, 1), (2, 2)];
        (0..side * side).map(|at| alive.contains(&(at / side, at % side))).collect()
    }

    /// Whether a cell of a torus lives in the next generation.
    pub(super) fn lives(old: &[bool], side: usize, at: usize) -> bool {
        let near = |at: usize| [(at + side - 1) % side, at, (at + 1) % side];
        let rows = near(at / side).into_iter();
        let cells = rows.flat_map(|row| near(at % side).map(|column| old[row * side + column]));
        let all = cells.filter(|alive| *alive).count();
        all == 3 || (all == 4 && old[at])
    }
}
