//! Sums of products in local arrays: the innermost loop has a fixed length, and its sums overlap nothing.
//!
//! If the sums are in a slice, the compiler cannot be sure that they overlap no row: it checks before each loop, which
//! takes as long as a loop this short. A local array overlaps nothing. Each sum is loaded and stored once for eight
//! rows. Fusing a product with its sum, and tiles of several rows, must be written by hand ([`gram`](crate::gram)).

use crate::best;
use crate::clones::{self, Plain};
#[cfg(feature = "worker")]
use {
    super::Autovectorised,
    parallax_pattern::{FoldNest, Nest},
    parallax_suite::workload::{GridSearch, Triangle},
    std::ops::Range,
};

/// Rows that are added together.
const ROWS: usize = 8;
/// Sums of a row that are computed together: a vector of the widest kind, or two or four others.
const WIDTH: usize = 8;

/// As [`gram`](crate::gram).
///
/// # Panics
///
/// If the table is not whole rows of `columns` numbers.
pub fn gram(table: &[f64], columns: usize) -> Vec<f64> {
    assert!(columns > 0 && table.len().is_multiple_of(columns), "a table must be whole rows");
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
    let (whole, isa) = (rows / ROWS * ROWS, best::isa());
    for first in (0..whole).step_by(ROWS) {
        clones::run(isa, Products::<ROWS> { sums, rows: std::array::from_fn(|k| row(first + k)) });
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
    /// By blocks of columns, down to the row whose diagonal lies in the block.
    #[inline(always)]
    fn run(self) {
        let side = self.rows[0].len();
        for first in (0..side).step_by(WIDTH) {
            let last = side.min(first + WIDTH);
            let mut columns = [[0.0; WIDTH]; R];
            for (columns, row) in columns.iter_mut().zip(self.rows) {
                columns[..last - first].copy_from_slice(&row[first..last]);
            }
            for (i, sums) in self.sums.chunks_exact_mut(side).take(last).enumerate() {
                let mut factors = [0.0; R];
                for (factor, row) in factors.iter_mut().zip(self.rows) {
                    *factor = row[i];
                }
                let (blocks, rest) = sums[first..last].as_chunks_mut::<WIDTH>();
                for block in blocks {
                    *block = add_multiples(*block, factors, &columns);
                }
                for (k, sum) in rest.iter_mut().enumerate() {
                    *sum += factors.iter().zip(&columns).map(|(factor, x)| factor * x[k]).sum::<f64>();
                }
            }
        }
    }
}

/// Adds each row of the columns, times its factor, to the sums.
#[inline(always)]
fn add_multiples<const R: usize>(
    mut sums: [f64; WIDTH],
    factors: [f64; R],
    columns: &[[f64; WIDTH]; R],
) -> [f64; WIDTH] {
    for (factor, row) in factors.into_iter().zip(columns) {
        for (sum, x) in sums.iter_mut().zip(row) {
            *sum += factor * x;
        }
    }
    sums
}

#[cfg(feature = "worker")]
impl FoldNest<GridSearch> for Autovectorised {
    const SOURCE: &'static str = file!();
    /// A square matrix, of which the upper triangle is used.
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
