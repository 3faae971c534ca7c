//! Sums of products row by row: the innermost loop is as wide as the vectors, and loads and stores its sums.
//!
//! Four rows are added at once, so that each sum is loaded and stored for four products. Keeping the sums in
//! registers ([`gridsearch`](crate::gram)) is for hands.

use crate::best;
use crate::clones::{self, Plain};
#[cfg(feature = "worker")]
use {
    super::Autovectorised,
    parallax_pattern::{FoldNest, Nest},
    parallax_suite::workload::{GridSearch, Triangle},
    std::ops::Range,
};

/// As [`gram`](crate::gram).
///
/// # Panics
///
/// If the table is not whole rows of `columns` numbers.
pub fn gram(table: &[f64], columns: usize) -> Vec<f64> {
    assert!(columns > 0 && table.len().is_multiple_of(columns), "a table of whole rows");
    let mut sums = vec![0.0; columns * columns];
    add_products(&mut sums, table.len() / columns, |row| &table[row * columns..][..columns]);
    for (i, j) in (0..columns).flat_map(|i| (0..i).map(move |j| (i, j))) {
        sums[i * columns + j] = sums[j * columns + i];
    }
    sums
}

/// Adds the products of all pairs of columns of some rows to the upper triangle of a square matrix.
#[inline]
fn add_products<'a>(sums: &mut [f64], rows: usize, row: impl Fn(usize) -> &'a [f64]) {
    let (whole, isa) = (rows / 4 * 4, best::isa());
    for first in (0..whole).step_by(4) {
        clones::run(isa, Products { sums, rows: [0, 1, 2, 3].map(|k| row(first + k)) });
    }
    for last in whole..rows {
        clones::run(isa, Products { sums, rows: [row(last)] });
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

#[cfg(feature = "worker")]
impl FoldNest<GridSearch> for Autovectorised {
    const SOURCE: &'static str = file!();
    /// A square matrix, of which the upper triangle counts.
    type Acc = Vec<f64>;
    fn empty(&self, work: &GridSearch) -> Vec<f64> {
        vec![0.0; (work.features() + 1).pow(2)]
    }
    fn fold(&self, work: &GridSearch, outer: usize, sums: &mut Vec<f64>, pieces: Range<usize>) {
        let (side, (_, fold)) = (work.features() + 1, work.fit(outer));
        add_products(sums, pieces.len(), |row| {
            &work.table()[work.training_index(fold, pieces.start + row) * side..][..side]
        });
    }
    fn merge(&self, sums: &mut Vec<f64>, other: Vec<f64>) {
        sums.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
    }
    fn finish(&self, work: &GridSearch, outer: usize, sums: Vec<f64>) -> f64 {
        let side = work.features() + 1;
        work.finish(outer, Triangle::from_fn(side, |i, j| sums[i * side + j]))
    }
}
