//! A loop nest over vectors: one point against many, with each coordinate in an array of its own.
//!
//! Departures from the plain loop, and why:
//!
//! 1. Points are turned from an array of structures into a structure of arrays, so that neighbouring lanes
//!    load neighbouring numbers.
//! 2. Where the matrix is larger than the caches, rows are stored past them: a plain store first reads the
//!    line that it is about to overwrite, which is half of the traffic.
//! 3. The sums of squares are exact, so a fused multiply-add has the same bits.

use crate::lanes::{Floats, Job, Lanes, Machine, Stores, zip};
use parallax_pattern::Map;
use parallax_suite::workload::Pairwise;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The distances between all points, by their coordinates.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Distances<M: Machine> {
    machine: M,
    axes: Arc<[Vec<f64>; 3]>,
}

impl<M: Machine> Distances<M> {
    /// The distances of `work`, by the vectors of `machine`.
    pub fn new(machine: M, work: &Pairwise) -> Self {
        let axis = |axis: usize| work.points().iter().map(|point| point[axis]).collect();
        Distances { machine, axes: Arc::new([0, 1, 2].map(axis)) }
    }

    fn points(&self) -> usize {
        self.axes[0].len()
    }
}

impl<M: Machine> Map for Distances<M> {
    type Item = f64;
    fn len(&self) -> usize {
        self.points().pow(2)
    }
    fn grain(&self) -> usize {
        self.points() * (self.points() / 128).max(1) // whole rows, 128 pieces
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        self.machine.run(Piece { axes: &self.axes, start, out });
    }
}

/// Distances `start..start + out.len()`.
struct Piece<'a> {
    axes: &'a [Vec<f64>; 3],
    start: usize,
    out: &'a mut [f64],
}

impl Job for Piece<'_> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let points = self.axes[0].len();
        let stores = Stores::for_output(points * points);
        let (mut p, mut rest) = (self.start, self.out);
        while !rest.is_empty() {
            let (from, first) = (p / points, p % points);
            let (row, after) = rest.split_at_mut((points - first).min(rest.len()));
            let here = self.axes.each_ref().map(|axis| axis[from]);
            let there = self.axes.each_ref().map(|axis| &axis[first..first + row.len()]);
            let here =
                [Floats::splat(lanes, here[0]), Floats::splat(lanes, here[1]), Floats::splat(lanes, here[2])];
            zip(
                lanes,
                stores,
                there,
                row,
                #[inline(always)]
                |there| distance(here, there),
            );
            p += row.len();
            rest = after;
        }
    }
}

#[inline(always)]
fn distance<L: Lanes>(here: [Floats<L>; 3], there: [Floats<L>; 3]) -> Floats<L> {
    let (x, y, z) = (here[0] - there[0], here[1] - there[1], here[2] - there[2]);
    z.mul_add(z, y.mul_add(y, x * x)).sqrt()
}
