//! Ridge regression by normal equations: a sum of products of rows, then Cholesky's factorisation.

#![expect(unsafe_code, reason = "the loops are written in another language")]

use crate::kernels::Build;
use parallax_pattern::Nest;
use parallax_suite::workload::GridSearch;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The fits of [`GridSearch`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Fits {
    pub(crate) build: Build,
    pub(crate) work: Arc<GridSearch>,
}

impl Fits {
    /// How many numbers a row of the table has: the features and the target.
    fn side(&self) -> usize {
        self.work.features() + 1
    }
}

impl Nest for Fits {
    type Item = f64;
    /// A square, of which one half is used: its rows are easier to find than those of a triangle.
    type Acc = Vec<f64>;
    fn shape(&self) -> (usize, usize) {
        self.work.shape()
    }
    fn empty(&self) -> Vec<f64> {
        vec![0.0; self.side().pow(2)]
    }
    fn fold(&self, outer: usize, sums: &mut Vec<f64>, pieces: Range<usize>) {
        let (table, (_, fold)) = (self.work.table(), self.work.fit(outer));
        assert!(sums.len() == self.side().pow(2) && pieces.end <= self.shape().1);
        let (to, side) = (sums.as_mut_ptr(), self.side());
        // SAFETY: the sums are a square of `side`, the pieces are training rows, and `sums` is borrowed alone.
        unsafe { (self.build.kernels().gather)(to, side, table.as_ptr(), fold, pieces.start, pieces.end) }
    }
    fn merge(&self, sums: &mut Vec<f64>, other: Vec<f64>) {
        sums.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
    }
    fn finish(&self, outer: usize, mut sums: Vec<f64>) -> f64 {
        let (table, (lambda, fold)) = (self.work.table(), self.work.fit(outer));
        assert_eq!(sums.len(), self.side().pow(2));
        let (sums, side, rows) = (sums.as_mut_ptr(), self.side(), self.work.rows());
        // SAFETY: the sums are a square of `side` and this function's own, and the table has `rows` of `side`.
        unsafe { (self.build.kernels().score)(sums, side, lambda, table.as_ptr(), rows, fold) }
    }
}
