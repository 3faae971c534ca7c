//! A loop nest that the compiler vectorises once each coordinate has an array of its own.

use crate::clones::{self, Plain};
use parallax_pattern::Map;
use parallax_pattern::isa::Isa;
use parallax_suite::workload::Pairwise;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The distances between all points, by their coordinates.
#[derive(Serialize, Deserialize)]
pub struct Distances {
    isa: Isa,
    axes: Arc<[Vec<f64>; 3]>,
}

impl Distances {
    /// The distances of `work`, compiled for `isa`.
    pub fn new(isa: Isa, work: &Pairwise) -> Self {
        let axis = |axis: usize| work.points().iter().map(|point| point[axis]).collect();
        Distances { isa, axes: Arc::new([0, 1, 2].map(axis)) }
    }

    fn points(&self) -> usize {
        self.axes[0].len()
    }
}

impl Map for Distances {
    type Item = f64;
    fn len(&self) -> usize {
        self.points().pow(2)
    }
    fn grain(&self) -> usize {
        self.points() * (self.points() / 128).max(1) // whole rows, 128 pieces
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        clones::run(self.isa, Piece { axes: &self.axes, start, out });
    }
}

/// Distances `start..start + out.len()`.
struct Piece<'a> {
    axes: &'a [Vec<f64>; 3],
    start: usize,
    out: &'a mut [f64],
}

impl Plain for Piece<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let [xs, ys, zs] = self.axes;
        let (points, mut p, mut rest) = (xs.len(), self.start, self.out);
        while !rest.is_empty() {
            let (from, first) = (p / points, p % points);
            let (row, after) = rest.split_at_mut((points - first).min(rest.len()));
            let (x, y, z) = (xs[from], ys[from], zs[from]);
            let others = xs[first..].iter().zip(&ys[first..]).zip(&zs[first..]);
            for (d, ((u, v), w)) in row.iter_mut().zip(others) {
                *d = ((x - u) * (x - u) + (y - v) * (y - v) + (z - w) * (z - w)).sqrt();
            }
            p += row.len();
            rest = after;
        }
    }
}
