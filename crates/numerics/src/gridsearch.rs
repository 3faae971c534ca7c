//! Ridge regression: copy the selected rows, make their Gram matrix by one product, and solve it by Cholesky on slices.
//!
//! The matrix is symmetric, so half of it would be enough. A BLAS has a product for one half (`syrk`); where a library
//! has none, the whole product takes twice the operations, at several times the speed of loops.

use crate::matmul::Multiply;
use ndarray::{Array1, ArrayView2, ArrayViewMut2, Axis, s};

/// The numbers in a copied block of rows: 32 KiB.
const BLOCK: usize = 4096;

/// The weights that predict the last column of a table from the others, for a penalty on their squares. There is no
/// intercept: add a column of ones to the table, or subtract the means.
///
/// It takes `2 * rows * columns²` operations in the library, or half of them where it has a product for one half,
/// `columns³ / 3` of its own, and two squares of memory.
///
/// ```
/// use ndarray::arr2;
/// use parallax_numerics::{NdArray, gridsearch::ridge};
///
/// let rooms_area_rent = arr2(&[[1.0, 30.0, 350.0], [2.0, 50.0, 600.0], [3.0, 60.0, 750.0]]);
/// let weights = ridge(&NdArray, rooms_area_rent.view(), 0.0);
/// assert!((weights[0] - 50.0).abs() < 1e-9 && (weights[1] - 10.0).abs() < 1e-9);
/// ```
///
/// # Panics
///
/// If the table has no column.
pub fn ridge(library: &impl Multiply, table: ArrayView2<f64>, penalty: f64) -> Vec<f64> {
    let mut sums = vec![0.0; table.ncols().pow(2)];
    library.multiply_columns(table, square(&mut sums));
    solve(&mut sums, penalty)
}

/// Adds to `sums`, a square, the products of all pairs of columns in the rows `indices` of a table; only the upper half
/// is used.
///
/// The rows are copied, as `x[train]` copies them in NumPy, but a block at a time: a copy of all rows would be so large
/// that the allocator fetches its pages from the system again for each fit.
///
/// # Panics
///
/// If a row lies beyond the table, or `sums` is not the square of its columns.
pub fn gather(library: &impl Multiply, table: ArrayView2<f64>, indices: &[usize], sums: &mut [f64]) {
    let block = (BLOCK / table.ncols().max(1)).max(1);
    for indices in indices.chunks(block) {
        let rows = table.select(Axis(0), indices);
        library.multiply_columns(rows.view(), square(sums));
    }
}

/// The weights for a penalty from the sums of [`gather`], which it overwrites: Cholesky's factorisation of the upper
/// half. The target is the last column, so forward substitution is part of the factorisation.
///
/// # Panics
///
/// If `sums` is empty or not a square.
pub fn solve(sums: &mut [f64], penalty: f64) -> Vec<f64> {
    let mut sums = square(sums);
    let d = sums.nrows().checked_sub(1).expect("the table must have a target column");
    for k in 0..d {
        let pivot = (sums[[k, k]] + penalty).sqrt();
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
    weights.to_vec()
}

/// The error of the weights for the last column of a table: the mean of the squares.
///
/// ```
/// use ndarray::arr2;
/// use parallax_numerics::gridsearch::mean_squared_error;
///
/// let table = arr2(&[[1.0, 5.0], [2.0, 4.0]]); // predicted: 3 and 6
/// assert_eq!(mean_squared_error(table.view(), &[3.0]), 4.0);
/// ```
///
/// # Panics
///
/// If there is not one weight for each column except the last.
pub fn mean_squared_error(table: ArrayView2<f64>, weights: &[f64]) -> f64 {
    let (x, y) = table.split_at(Axis(1), weights.len());
    assert_eq!(y.ncols(), 1, "there must be a weight for each column except the last");
    let miss = &y.column(0) - &x.dot(&ndarray::aview1(weights));
    miss.dot(&miss) / miss.len() as f64
}

fn square(sums: &mut [f64]) -> ArrayViewMut2<'_, f64> {
    let side = sums.len().isqrt();
    ArrayViewMut2::from_shape((side, side), sums).expect("`sums` must be a square")
}

#[cfg(feature = "worker")]
mod worker {
    use super::{gather, mean_squared_error, solve};
    use crate::matmul::{Multiply, Product};
    use ndarray::{ArrayView2, s};
    use parallax_pattern::FoldNest;
    use parallax_suite::workload::GridSearch;
    use std::ops::Range;

    /// The table: each row its features and then its target.
    fn table(work: &GridSearch) -> ArrayView2<'_, f64> {
        let shape = (work.rows(), work.features() + 1);
        ArrayView2::from_shape(shape, work.table()).expect("all rows are of one length")
    }

    impl<M: Multiply> FoldNest<GridSearch> for Product<M> {
        const SOURCE: &'static str = file!();
        /// A square: the Gram matrix of features and target.
        type Acc = Vec<f64>;
        fn empty(&self, work: &GridSearch) -> Vec<f64> {
            vec![0.0; (work.features() + 1).pow(2)]
        }
        fn fold(&self, work: &GridSearch, outer: usize, sums: &mut Vec<f64>, pieces: Range<usize>) {
            let (_, fold) = work.fit(outer);
            let indices: Vec<usize> = pieces.map(|piece| work.training_index(fold, piece)).collect();
            gather(&self.0, table(work), &indices, sums);
        }
        fn merge(&self, sums: &mut Vec<f64>, other: Vec<f64>) {
            sums.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        }
        fn finish(&self, work: &GridSearch, outer: usize, mut sums: Vec<f64>) -> f64 {
            let (penalty, fold) = work.fit(outer);
            let weights = solve(&mut sums, penalty);
            mean_squared_error(table(work).slice(s![fold..;GridSearch::FOLDS, ..]), &weights)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Faer, Gemm, NdArray, OpenBlas};
    use ndarray::arr2;
    use parallax_pattern::Technique;

    #[test]
    fn the_weights_of_a_line_are_its_slope() {
        let mut sums = vec![5.0, 10.0, 10.0, 20.0]; // y = 2x at 1 and 2
        assert_eq!(solve(&mut sums, 0.0), [2.0]);
        let mut sums = vec![5.0, 10.0, 10.0, 20.0];
        let halved = solve(&mut sums, 5.0)[0];
        assert!((halved - 1.0).abs() < 1e-15, "{halved}");
    }

    fn gathers_all(library: &impl Multiply) {
        let table = arr2(&[[1.0, 2.0, 7.0], [3.0, -1.0, 0.5], [0.5, 4.0, -2.0]]);
        let mut sums = vec![0.0; 9];
        gather(library, table.view(), &[2], &mut sums);
        gather(library, table.view(), &[], &mut sums);
        gather(library, table.view(), &[0, 1], &mut sums);
        let upper = [0, 1, 2, 4, 5, 8].map(|p: usize| sums[p]);
        assert_eq!(upper, [10.25, 1.0, 7.5, 21.0, 5.5, 53.25]);
        assert_eq!(solve(&mut sums, 1.5), ridge(library, table.view(), 1.5));
    }

    #[test]
    fn every_library_gathers_all_rows_whole_or_in_parts() {
        gathers_all(&NdArray);
        if let Ok(faer) = Faer::start(1) {
            gathers_all(&faer);
        }
        if let Ok(gemm) = Gemm::start(1) {
            gathers_all(&gemm);
        }
        if let Ok(blas) = OpenBlas::start(1) {
            gathers_all(&blas);
        }
    }

    #[test]
    #[should_panic(expected = "except the last")]
    fn a_weight_too_few_is_noticed() {
        mean_squared_error(arr2(&[[1.0, 2.0, 3.0]]).view(), &[1.0]);
    }
}
