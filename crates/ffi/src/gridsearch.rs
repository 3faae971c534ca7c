//! Ridge regression by normal equations: a sum of products of rows, then Cholesky's factorisation.
//!
//! A table has the target in its last column. Row `i` is held out in fold `i % 5`.

#![expect(unsafe_code, reason = "the loops are written in another language")]

use crate::kernels::{Build, area};
use std::ops::Range;

/// The number of folds of a table.
pub const FOLDS: usize = 5;

impl Build {
    /// The mean squared error, on the rows held out in a fold, of weights fitted to the other rows with a
    /// penalty on their squares: one term of a cross-validation.
    ///
    /// It takes `rows * width²` operations, `width³ / 3` more, and a square of `width` in memory.
    ///
    /// ```
    /// use parallax_ffi::kernels::{Build, Language};
    ///
    /// let noise = [0.0, 1.0, 0.0, -1.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0];
    /// let table: Vec<f64> = (0..10).flat_map(|x| [x as f64, 2.0 * x as f64 + noise[x]]).collect();
    /// let build = Build::find(Language::C)?;
    /// let errors = |penalty| (0..5).map(|fold| build.ridge_error(&table, 2, penalty, fold)).sum::<f64>();
    /// assert!(errors(0.0) < errors(1000.0)); // a line needs no penalty
    /// # Ok::<(), parallax_pattern::No>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If not all rows have `width` numbers, the number of rows is not a multiple of five, or the fold does not exist.
    pub fn ridge_error(self, table: &[f64], width: usize, penalty: f64, fold: usize) -> f64 {
        let rows = rows(table, width);
        assert!(rows.is_multiple_of(FOLDS), "the number of rows must be a multiple of five");
        let mut sums = vec![0.0; area(width, width)];
        self.gather(table, width, fold, 0..rows / FOLDS * (FOLDS - 1), &mut sums);
        self.score(&mut sums, penalty, table, width, fold)
    }

    /// Adds the products of all pairs of columns to one half of `sums`, a square of `width`. The products are
    /// those of the rows `pieces`, counted among the rows that are not held out in a fold. You may gather
    /// pieces apart and add their sums.
    ///
    /// # Panics
    ///
    /// If not all rows have `width` numbers, the fold or a row does not exist, or `sums` has another size.
    pub fn gather(self, table: &[f64], width: usize, fold: usize, pieces: Range<usize>, sums: &mut [f64]) {
        let training = rows(table, width) / FOLDS * (FOLDS - 1);
        assert!(
            fold < FOLDS && pieces.start <= pieces.end && pieces.end <= training,
            "`pieces` must be rows that are not held out, and `fold` below five"
        );
        assert_eq!(sums.len(), area(width, width), "`sums` must be a square of `width`");
        let (to, table) = (sums.as_mut_ptr(), table.as_ptr());
        // SAFETY: the sums are a square of `width`, the pieces are training rows, and `sums` is borrowed alone.
        unsafe { (self.kernels().gather)(to, width, table, fold, pieces.start, pieces.end) }
    }

    /// Fits weights to the sums of [`gather`](Self::gather), which it overwrites, and returns their mean
    /// squared error on the rows held out.
    ///
    /// # Panics
    ///
    /// If not all rows have `width` numbers, the fold does not exist, or `sums` has another size.
    pub fn score(self, sums: &mut [f64], penalty: f64, table: &[f64], width: usize, fold: usize) -> f64 {
        let rows = rows(table, width);
        assert!(fold < FOLDS && sums.len() == area(width, width), "`fold` below five, and `sums` a square");
        // SAFETY: the sums are a square of `width`, borrowed alone, and the table has `rows` of `width`.
        unsafe { (self.kernels().score)(sums.as_mut_ptr(), width, penalty, table.as_ptr(), rows, fold) }
    }
}

pub(crate) fn rows(table: &[f64], width: usize) -> usize {
    assert!(width > 0 && table.len().is_multiple_of(width), "the table must be whole rows of `width`");
    table.len() / width
}

#[cfg(feature = "worker")]
mod worker {
    use crate::kernels::Build;
    use parallax_pattern::FoldNest;
    use parallax_suite::workload::GridSearch;
    use std::ops::Range;

    impl FoldNest<GridSearch> for Build {
        const SOURCE: &'static str = file!();
        /// A square, of which one half is used: its rows are easier to find than those of a triangle.
        type Acc = Vec<f64>;
        fn empty(&self, work: &GridSearch) -> Vec<f64> {
            vec![0.0; (work.features() + 1).pow(2)]
        }
        fn fold(&self, work: &GridSearch, outer: usize, sums: &mut Vec<f64>, pieces: Range<usize>) {
            let (_, fold) = work.fit(outer);
            self.gather(work.table(), work.features() + 1, fold, pieces, sums);
        }
        fn merge(&self, sums: &mut Vec<f64>, other: Vec<f64>) {
            sums.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        }
        fn finish(&self, work: &GridSearch, outer: usize, mut sums: Vec<f64>) -> f64 {
            let (penalty, fold) = work.fit(outer);
            self.score(&mut sums, penalty, work.table(), work.features() + 1, fold)
        }
    }
}
