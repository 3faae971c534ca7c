//! Ridge regression as linear algebra: rows are selected, their Gram matrix is one product, and slices solve it.
//!
//! The product makes both halves of a symmetric matrix, of which one would do: twice the operations,
//! at several times the speed.

use crate::matmul::Multiply;
use ndarray::{Array1, ArrayView1, ArrayView2, ArrayViewMut2, Axis, s};
use parallax_pattern::Nest;
use parallax_suite::workload::GridSearch;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The fits of [`GridSearch`], with products by the library `M`.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Fits<M: Multiply> {
    work: Arc<GridSearch>,
    library: M,
}

impl<M: Multiply> Fits<M> {
    pub(crate) fn new(work: &Arc<GridSearch>, library: M) -> Self {
        Fits { work: work.clone(), library }
    }

    /// The table: each row its features and then its target.
    fn table(&self) -> ArrayView2<'_, f64> {
        let shape = (self.work.rows(), self.work.features() + 1);
        ArrayView2::from_shape(shape, self.work.table()).expect("all rows are of one length")
    }
}

impl<M: Multiply> Nest for Fits<M> {
    type Item = f64;
    /// A square: the Gram matrix of features and target.
    type Acc = Vec<f64>;
    fn shape(&self) -> (usize, usize) {
        self.work.shape()
    }
    fn empty(&self) -> Vec<f64> {
        vec![0.0; (self.work.features() + 1).pow(2)]
    }
    fn fold(&self, outer: usize, sums: &mut Vec<f64>, pieces: Range<usize>) {
        let (_, fold) = self.work.fit(outer);
        let indices: Vec<usize> = pieces.map(|piece| training_row(fold, piece)).collect();
        let rows = self.table().select(Axis(0), &indices); // a copy, as `x[train]` is in NumPy
        self.library.multiply(1.0, rows.t(), rows.view(), square(sums));
    }
    fn merge(&self, sums: &mut Vec<f64>, other: Vec<f64>) {
        sums.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
    }
    fn finish(&self, outer: usize, mut sums: Vec<f64>) -> f64 {
        let (lambda, fold) = self.work.fit(outer);
        let weights = ridge(square(&mut sums), lambda);
        mean_squared_error(self.table(), fold, weights.view())
    }
}

/// Row `piece` of those that are not held out in `fold`.
pub(crate) fn training_row(fold: usize, piece: usize) -> usize {
    let (group, place) = (piece / (GridSearch::FOLDS - 1), piece % (GridSearch::FOLDS - 1));
    group * GridSearch::FOLDS + place + usize::from(place >= fold)
}

/// How far the weights miss the targets of the rows held out.
pub(crate) fn mean_squared_error(table: ArrayView2<f64>, fold: usize, weights: ArrayView1<f64>) -> f64 {
    let held_out = table.slice(s![fold..;GridSearch::FOLDS, ..]);
    let (x, y) = held_out.split_at(Axis(1), weights.len());
    let miss = &y.column(0) - &x.dot(&weights);
    miss.dot(&miss) / miss.len() as f64
}

fn square(sums: &mut [f64]) -> ArrayViewMut2<'_, f64> {
    let side = sums.len().isqrt();
    ArrayViewMut2::from_shape((side, side), sums).expect("the sums are a square")
}

/// The weights for a penalty, by Cholesky's factorisation of the upper half. The target is the last
/// column, so forward substitution is done on the way.
fn ridge(mut sums: ArrayViewMut2<f64>, lambda: f64) -> Array1<f64> {
    let d = sums.nrows() - 1;
    for k in 0..d {
        let pivot = (sums[[k, k]] + lambda).sqrt();
        let (above, mut below) = sums.view_mut().split_at(Axis(0), k + 1);
        let mut row = above.slice_move(s![k, ..]);
        row[k] = pivot;
        row.slice_mut(s![k + 1..]).mapv_inplace(|x| x / pivot);
        for (i, mut later) in below.rows_mut().into_iter().take(d - k - 1).enumerate() {
            let i = k + 1 + i;
            later.slice_mut(s![i..]).scaled_add(-row[i], &row.slice(s![i..]));
        }
    }
    let mut weights = Array1::zeros(d);
    for k in (0..d).rev() {
        let known = sums.slice(s![k, k + 1..d]).dot(&weights.slice(s![k + 1..]));
        weights[k] = (sums[[k, d]] - known) / sums[[k, k]];
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_a_line_are_its_slope() {
        let mut sums = vec![5.0, 10.0, 10.0, 20.0]; // y = 2x at 1 and 2
        assert_eq!(ridge(square(&mut sums), 0.0).to_vec(), [2.0]);
        let mut sums = vec![5.0, 10.0, 10.0, 20.0];
        let halved = ridge(square(&mut sums), 5.0)[0];
        assert!((halved - 1.0).abs() < 1e-15, "{halved}");
    }

    #[test]
    fn the_training_rows_are_those_not_held_out() {
        for fold in 0..GridSearch::FOLDS {
            let rows = (0..8).map(|piece| training_row(fold, piece));
            assert!(rows.eq((0..10).filter(|row| row % 5 != fold)), "fold {fold}");
        }
    }
}
