//! A stencil as plain loops: rows without their ends have no seam, and the compiler does the rest.

use crate::clones::{self, Plain};
use parallax_pattern::Stencil;
use parallax_pattern::isa::Isa;
use parallax_suite::workload::Heat;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The steps of a torus.
#[derive(Serialize, Deserialize)]
pub struct Rows(Isa, Arc<Heat>);

impl Rows {
    /// The steps of `work`, compiled for `isa`.
    pub fn new(isa: Isa, work: &Arc<Heat>) -> Self {
        Rows(isa, work.clone())
    }
}

impl Stencil for Rows {
    type Item = f64;
    fn len(&self) -> usize {
        self.1.len()
    }
    fn grain(&self) -> usize {
        self.1.grain()
    }
    fn steps(&self) -> usize {
        self.1.steps()
    }
    fn step(&self, old: &[f64], start: usize, new: &mut [f64]) {
        clones::run(self.0, Piece { side: self.1.side(), old, start, new });
    }
}

/// Cells `start..start + new.len()` of the next state.
struct Piece<'a> {
    side: usize,
    old: &'a [f64],
    start: usize,
    new: &'a mut [f64],
}

impl Plain for Piece<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let (n, mut p, mut rest) = (self.side, self.start, self.new);
        while !rest.is_empty() {
            let (part, after) = rest.split_at_mut((n - p % n).min(rest.len()));
            step_row(self.old, n, p, part);
            p += part.len();
            rest = after;
        }
    }
}

/// Writes the part of a row that begins with cell `p`.
#[inline(always)]
fn step_row(old: &[f64], n: usize, p: usize, new: &mut [f64]) {
    let (row, first, end) = (p / n, p % n, p % n + new.len());
    let whole = |row: usize| &old[row % n * n..][..n];
    let (above, here, below) = (whole(row + n - 1), whole(row), whole(row + 1));
    for edge in [0, n - 1] {
        if (first..end).contains(&edge) {
            let (left, right) = (here[(edge + n - 1) % n], here[(edge + 1) % n]);
            new[edge - first] = next(here[edge], above[edge], below[edge], left, right);
        }
    }
    let (from, to) = (first.max(1), end.min(n - 1));
    if from < to {
        let across = above[from..to].iter().zip(&below[from..to]);
        let beside = here[from - 1..].iter().zip(&here[from + 1..]);
        let cells = new[from - first..].iter_mut().zip(&here[from..to]);
        for (((new, u), (up, down)), (left, right)) in cells.zip(across).zip(beside) {
            *new = next(*u, *up, *down, *left, *right);
        }
    }
}

#[inline(always)]
fn next(u: f64, up: f64, down: f64, left: f64, right: f64) -> f64 {
    u + Heat::RATE * (up + down + left + right - 4.0 * u)
}
