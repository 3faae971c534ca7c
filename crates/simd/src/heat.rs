//! A heat stencil in vectors: row by row, with joined edges.

mod rows;
mod sheet;
mod time_tiles;

#[cfg(feature = "worker")]
pub use self::time_tiles::TimeTiles;
pub use self::time_tiles::heat_steps;

use self::rows::{TOGETHER, step_rows};
use crate::best;
use crate::lanes::{Job, Lanes, Stores};
#[cfg(feature = "worker")]
use crate::{Packed, lanes::Machine};
use std::array::from_fn;
#[cfg(feature = "worker")]
use {parallax_pattern::Step, parallax_suite::workload::Heat};

/// Writes cells `start..start + new.len()` of the next state of a plate: `u + rate * (up + down + left + right - 4 u)`.
///
/// The plate is `old`, row by row, each of `columns` cells; its edges are joined, so each cell has four neighbours.
/// Threads may write a part each: any split computes the same bits. A cell costs four additions and two fused
/// multiply-adds. Once the plate is larger than the caches, it also costs 16 bytes of memory traffic where vectors can
/// be stored past them, else 24.
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
/// If `old` is not whole rows, or has fewer cells than are needed.
pub fn heat_step(old: &[f64], columns: usize, rate: f64, start: usize, new: &mut [f64]) {
    best::run(HeatStep { old, columns, rate, start, new });
}

/// The step for the vectors of any machine.
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
        assert!(n > 0 && old.len().is_multiple_of(n), "a plate must be whole rows");
        assert!(p + rest.len() <= old.len(), "the cells must lie within the plate");
        let rows = old.len() / n;
        let stores = Stores::for_output(old.len());
        while !rest.is_empty() {
            let (row, first) = (p / n, p % n);
            let old = |k: usize| &old[(row + rows - 1 + k) % rows * n..][..n]; // from the row above on
            let together = first == 0 && rest.len() >= TOGETHER * n && stores == Stores::Cached;
            let len = if together { TOGETHER * n } else { (n - first).min(rest.len()) };
            let (part, after) = rest.split_at_mut(len);
            if together {
                let mut new = part.chunks_exact_mut(n);
                let new = from_fn(|_| new.next().expect("as many rows"));
                step_rows::<L, TOGETHER, { TOGETHER + 2 }>(lanes, stores, rate, from_fn(old), 0, new);
            } else {
                step_rows::<L, 1, 3>(lanes, stores, rate, from_fn(old), first, [part]);
            }
            p += len;
            rest = after;
        }
    }
}

#[cfg(feature = "worker")]
impl<M: Machine> Step<Heat> for Packed<M> {
    const SOURCE: &'static str = file!();
    fn step(&self, work: &Heat, old: &[f64], start: usize, new: &mut [f64]) {
        self.machine.run(HeatStep { old, columns: work.side(), rate: Heat::RATE, start, new });
    }
}
