//! Sums of products row by row: the innermost loop is as wide as the vectors, and loads and stores its sums.
//!
//! Four rows are added at once, so that each sum is loaded and stored for four products. Keeping the sums in
//! registers ([`gridsearch`](crate::gridsearch)) is for hands.

use crate::clones::{self, Plain};
use parallax_pattern::Nest;
use parallax_pattern::isa::Isa;
use parallax_suite::workload::{GridSearch, Triangle};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The fits of a search.
#[derive(Serialize, Deserialize)]
pub struct Fits(Isa, Arc<GridSearch>);

impl Fits {
    /// The fits of `work`, compiled for `isa`.
    pub fn new(isa: Isa, work: &Arc<GridSearch>) -> Self {
        Fits(isa, work.clone())
    }
}

impl Nest for Fits {
    type Item = f64;
    /// A square matrix, of which the upper triangle counts.
    type Acc = Vec<f64>;
    fn shape(&self) -> (usize, usize) {
        self.1.shape()
    }
    fn empty(&self) -> Vec<f64> {
        vec![0.0; (self.1.features() + 1).pow(2)]
    }
    fn fold(&self, outer: usize, sums: &mut Vec<f64>, pieces: Range<usize>) {
        let (side, (_, fold)) = (self.1.features() + 1, self.1.fit(outer));
        let row = |piece| &self.1.table()[self.1.training_index(fold, piece) * side..][..side];
        let blocks = pieces.len() / 4;
        let rest = pieces.start + 4 * blocks..pieces.end;
        for first in pieces.step_by(4).take(blocks) {
            clones::run(self.0, Products { sums, rows: [0, 1, 2, 3].map(|k| row(first + k)) });
        }
        for piece in rest {
            clones::run(self.0, Products { sums, rows: [row(piece)] });
        }
    }
    fn merge(&self, sums: &mut Vec<f64>, other: Vec<f64>) {
        sums.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
    }
    fn finish(&self, outer: usize, sums: Vec<f64>) -> f64 {
        let side = self.1.features() + 1;
        self.1.finish(outer, Triangle::from_fn(side, |i, j| sums[i * side + j]))
    }
}

/// Adds the products of all pairs of columns of some rows.
struct Products<'a, const R: usize> {
    sums: &'a mut [f64],
    rows: [&'a [f64]; R],
}

impl<const R: usize> Plain for Products<'_, R> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let side = self.rows[0].len();
        for (i, sums) in self.sums.chunks_exact_mut(side).enumerate() {
            let sums = &mut sums[i..];
            let rows = self.rows.map(|row| &row[i..][..sums.len()]);
            for k in 0..sums.len() {
                let mut sum = sums[k];
                for row in rows {
                    sum += row[0] * row[k];
                }
                sums[k] = sum;
            }
        }
    }
}
