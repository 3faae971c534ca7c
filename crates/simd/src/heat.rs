//! A stencil in vectors: neighbours left and right are the same row, loaded one number off.
//!
//! Five loads, three of which overlap, make one vector of the next state; the first caches serve them. Only
//! the cells at the seam of a row go one by one, so that the loop between them has no seam to look out for.

use crate::lanes::{Job, Lanes, Machine, Stores, zip};
use parallax_pattern::Stencil;
use parallax_suite::workload::Heat;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The steps of a torus, a vector of a row at a time.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Rows<M: Machine> {
    machine: M,
    work: Arc<Heat>,
}

impl<M: Machine> Rows<M> {
    /// The steps of `work`, by the vectors of `machine`.
    pub fn new(machine: M, work: &Arc<Heat>) -> Self {
        Rows { machine, work: work.clone() }
    }
}

impl<M: Machine> Stencil for Rows<M> {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn steps(&self) -> usize {
        self.work.steps()
    }
    fn step(&self, old: &[f64], start: usize, new: &mut [f64]) {
        self.machine.run(Piece { side: self.work.side(), old, start, new });
    }
}

/// Cells `start..start + new.len()` of the next state.
struct Piece<'a> {
    side: usize,
    old: &'a [f64],
    start: usize,
    new: &'a mut [f64],
}

impl Job for Piece<'_> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let (n, mut p, mut rest) = (self.side, self.start, self.new);
        while !rest.is_empty() {
            let (part, after) = rest.split_at_mut((n - p % n).min(rest.len()));
            step_row(lanes, self.old, n, p, part);
            p += part.len();
            rest = after;
        }
    }
}

/// Writes the part of a row that begins with cell `p`.
#[inline(always)]
fn step_row<L: Lanes>(lanes: L, old: &[f64], n: usize, p: usize, new: &mut [f64]) {
    let (row, first, len) = (p / n, p % n, new.len());
    let whole = |row: usize| &old[row % n * n..][..n];
    let (above, here, below) = (whole(row + n - 1), whole(row), whole(row + 1));
    for edge in [0, n - 1].into_iter().filter(|edge| (first..first + len).contains(edge)) {
        let (left, right) = (here[(edge + n - 1) % n], here[(edge + 1) % n]);
        let u = here[edge];
        new[edge - first] = u + Heat::RATE * (above[edge] + below[edge] + left + right - 4.0 * u);
    }
    let (from, end) = (first.max(1), (first + len).min(n - 1));
    if from < end {
        let columns = [&here[from..], &above[from..], &below[from..], &here[from - 1..], &here[from + 1..]];
        zip(
            lanes,
            Stores::Cached,
            columns,
            &mut new[from - first..end - first],
            #[inline(always)]
            |[u, up, down, left, right]| {
                u.mul_add(u.all(-4.0), up + down + left + right).mul_add(u.all(Heat::RATE), u)
            },
        );
    }
}
