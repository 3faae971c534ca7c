//! A stencil as plain loops: without the ends of its rows a loop has no seam, and the compiler vectorises it.

use crate::best;
use crate::clones::{self, Plain};
#[cfg(feature = "worker")]
use {super::Autovectorised, parallax_pattern::Step, parallax_suite::workload::Heat};

/// As [`heat_step`](crate::heat_step).
///
/// # Panics
///
/// If `old` is not whole rows, or has fewer cells than are needed.
pub fn heat_step(old: &[f64], columns: usize, rate: f64, start: usize, new: &mut [f64]) {
    assert!(columns > 0 && old.len().is_multiple_of(columns), "a plate must be whole rows");
    assert!(start + new.len() <= old.len(), "the cells must lie within the plate");
    clones::run(best::isa(), HeatStep { old, columns, rate, start, new });
}

struct HeatStep<'a> {
    old: &'a [f64],
    columns: usize,
    rate: f64,
    start: usize,
    new: &'a mut [f64],
}

impl Plain for HeatStep<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let HeatStep { old, columns: n, rate, start: mut p, new: mut rest } = self;
        let rows = old.len() / n;
        while !rest.is_empty() {
            let (part, after) = rest.split_at_mut((n - p % n).min(rest.len()));
            step_row(old, [rows, n], rate, p, part);
            p += part.len();
            rest = after;
        }
    }
}

/// Writes the part of a row that begins with cell `p`.
#[inline(always)]
fn step_row(old: &[f64], [rows, n]: [usize; 2], rate: f64, p: usize, new: &mut [f64]) {
    let (row, first, end) = (p / n, p % n, p % n + new.len());
    let whole = |row: usize| &old[row % rows * n..][..n];
    let (above, here, below) = (whole(row + rows - 1), whole(row), whole(row + 1));
    for edge in [0, n - 1] {
        if (first..end).contains(&edge) {
            let (left, right) = (here[(edge + n - 1) % n], here[(edge + 1) % n]);
            new[edge - first] = next(rate, here[edge], [above[edge], below[edge], left, right]);
        }
    }
    let (from, to) = (first.max(1), end.min(n - 1));
    if from < to {
        let across = above[from..to].iter().zip(&below[from..to]);
        let beside = here[from - 1..].iter().zip(&here[from + 1..]);
        let cells = new[from - first..].iter_mut().zip(&here[from..to]);
        for (((new, u), (up, down)), (left, right)) in cells.zip(across).zip(beside) {
            *new = next(rate, *u, [*up, *down, *left, *right]);
        }
    }
}

#[inline(always)]
fn next(rate: f64, u: f64, [up, down, left, right]: [f64; 4]) -> f64 {
    u + rate * (up + down + left + right - 4.0 * u)
}

#[cfg(feature = "worker")]
impl Step<Heat> for Autovectorised {
    const SOURCE: &'static str = file!();
    fn step(&self, work: &Heat, old: &[f64], start: usize, new: &mut [f64]) {
        heat_step(old, work.side(), Heat::RATE, start, new);
    }
}
