//! A stencil in vectors: neighbours left and right are the same row, loaded one number off.
//!
//! Five loads, three of which overlap, make one vector of the next state; the first caches serve them. Only
//! the cells at the seam of a row go one by one, so that the loop between them has no seam to look out for.

use crate::best;
use crate::lanes::{Floats, Job, Lanes, Stores, zip};
#[cfg(feature = "worker")]
use crate::{Packed, lanes::Machine};
#[cfg(feature = "worker")]
use {parallax_pattern::Step, parallax_suite::workload::Heat};

/// Writes cells `start..start + new.len()` of the next state of a plate: `u + rate * (up + down + left + right - 4 u)`.
///
/// The plate is `old`, row by row, each of `columns` cells; its edges are joined, so each cell has four neighbours.
/// Threads may write a part each: any split gives the same bits. A cell costs four additions and two fused
/// multiply-adds, and once the plate is larger than the caches, 24 bytes of memory traffic.
///
/// ```
/// // a warm spot on a plate of 3 rows and 4 columns
/// let mut old = [0.0; 12];
/// old[5] = 10.0;
/// let mut new = [0.0; 12];
/// parallax_simd::heat_step(&old, 4, 0.1, 0, &mut new);
/// assert_eq!(new, [0., 1., 0., 0., 1., 6., 1., 0., 0., 1., 0., 0.]);
/// ```
///
/// # Panics
///
/// If `old` is not whole rows, or has fewer cells than are asked for.
pub fn heat_step(old: &[f64], columns: usize, rate: f64, start: usize, new: &mut [f64]) {
    best::run(HeatStep { old, columns, rate, start, new });
}

/// The same for the vectors of any machine.
struct HeatStep<'a> {
    old: &'a [f64],
    columns: usize,
    rate: f64,
    start: usize,
    new: &'a mut [f64],
}

impl Job for HeatStep<'_> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let HeatStep { old, columns: n, rate, start: mut p, new: mut rest } = self;
        assert!(n > 0 && old.len().is_multiple_of(n), "a plate of whole rows");
        assert!(p + rest.len() <= old.len(), "no more cells than the plate has");
        let rows = old.len() / n;
        while !rest.is_empty() {
            let (part, after) = rest.split_at_mut((n - p % n).min(rest.len()));
            step_row(lanes, old, [rows, n], rate, p, part);
            p += part.len();
            rest = after;
        }
    }
}

/// Writes the part of a row that begins with cell `p`.
#[inline(always)]
fn step_row<L: Lanes>(lanes: L, old: &[f64], [rows, n]: [usize; 2], rate: f64, p: usize, new: &mut [f64]) {
    let (row, first, len) = (p / n, p % n, new.len());
    let whole = |row: usize| &old[row % rows * n..][..n];
    let (above, here, below) = (whole(row + rows - 1), whole(row), whole(row + 1));
    for edge in [0, n - 1].into_iter().filter(|edge| (first..first + len).contains(edge)) {
        let (left, right) = (here[(edge + n - 1) % n], here[(edge + 1) % n]);
        let u = here[edge];
        new[edge - first] = u + rate * (above[edge] + below[edge] + left + right - 4.0 * u);
    }
    let (from, end) = (first.max(1), (first + len).min(n - 1));
    if from < end {
        let columns = [&here[from..], &above[from..], &below[from..], &here[from - 1..], &here[from + 1..]];
        let rate = Floats::splat(lanes, rate);
        zip(
            lanes,
            Stores::Cached,
            columns,
            &mut new[from - first..end - first],
            #[inline(always)]
            |[u, up, down, left, right]| u.mul_add(u.all(-4.0), up + down + left + right).mul_add(rate, u),
        );
    }
}

#[cfg(feature = "worker")]
impl<M: Machine> Step<Heat> for Packed<M> {
    const SOURCE: &'static str = file!();
    fn step(&self, work: &Heat, old: &[f64], start: usize, new: &mut [f64]) {
        self.machine.run(HeatStep { old, columns: work.side(), rate: Heat::RATE, start, new });
    }
}
