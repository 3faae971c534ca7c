//! A stencil: an array whose next state is made from the neighbourhoods of the last one, step by step.
//!
//! Replace `Blur` with your own work: the type of an item, the numbers of items and of steps, and how a piece of the
//! next state (`new`) is made from the whole last state (`old`).

use parallax::prelude::*;

/// A grey picture that is smoothed again and again; its edges stay as they are.
struct Blur {
    width: usize,
    height: usize,
}

impl Stencil for Blur {
    type Item = f32;

    fn len(&self) -> usize {
        self.width * self.height
    }

    /// Pieces are whole rows.
    fn grain(&self) -> usize {
        self.width
    }

    fn steps(&self) -> usize {
        25
    }

    /// The kernel: pixels `start..start + new.len()` of the next state.
    fn step(&self, old: &[f32], start: usize, new: &mut [f32]) {
        for (pixel, at) in new.iter_mut().zip(start..) {
            let (row, column) = (at / self.width, at % self.width);
            let inside = (1..self.height - 1).contains(&row) && (1..self.width - 1).contains(&column);
            let around = |at: usize| old[at - self.width] + old[at + self.width] + old[at - 1] + old[at + 1];
            *pixel = if inside { 0.5 * old[at] + 0.125 * around(at) } else { old[at] };
        }
    }
}

fn main() -> ExitCode {
    // Each pixel is the same sum in every technique, so results must equal those of one thread exactly.
    parallax::bench("stencil-example", || Blur { width: 320, height: 200 })
        .begin_with(|picture| (0..picture.len()).map(|at| (at * at % 251) as f32).collect())
        .main()
}
