//! Sums of products in tiles: a Gram matrix is the product of a table with itself, of which half is enough.
//!
//! 1. A tile of sums stays in registers for a whole group of rows, as in [`matmul`](crate::matmul()). The group stays
//!    in the first cache until all tiles have used it.
//! 2. The matrix is symmetric, so only the tiles that reach its lower triangle are summed. Where the last column is the
//!    target of a regression, it is a row of the triangle but not a column: a table of 32 features and a target has 33
//!    rows of at most 32 sums, which are whole vectors.
//! 3. Rows are padded with zeros to whole cache lines. Zeros add nothing.

#[cfg(feature = "worker")]
mod ridge;

use crate::aligned::Aligned;
use crate::best;
use crate::lanes::{Job, Lanes, MOST_LANES};
use crate::matmul::{add, add_products, zeros};

/// Numbers of a table that one tile reads before the next tile begins: 16 KiB, half of a small first cache.
const GROUP: usize = 2048;

/// The products of all pairs of columns, summed over the rows of a table: its Gram matrix, symmetric, row by row. A
/// linear regression solves it.
///
/// It makes `columns² / 2` fused multiply-adds for each row; the sums are added in groups of rows, so their last bits
/// may differ from those of a plain loop.
///
/// ```
/// let table = [
///     1.0, 2.0, //
///     3.0, 4.0, //
///     5.0, 6.0,
/// ];
/// assert_eq!(parallax_simd::gram(&table, 2), [35.0, 44.0, 44.0, 56.0]);
/// ```
///
/// # Panics
///
/// If the table is not whole rows of `columns` numbers.
pub fn gram(table: &[f64], columns: usize) -> Vec<f64> {
    assert!(columns > 0 && table.len().is_multiple_of(columns), "a table must be whole rows");
    let mut sums = Aligned::new(stride(columns).pow(2));
    for group in table.chunks(GROUP.next_multiple_of(columns)) {
        let rows = padded(group.len() / columns, columns, group.chunks_exact(columns));
        best::run(Gram { rows: &rows, stride: stride(columns), shape: [columns; 2], sums: &mut sums });
    }
    let lower = |p: usize| (p / columns).max(p % columns) * stride(columns) + (p / columns).min(p % columns);
    (0..columns * columns).map(|p| sums[lower(p)]).collect()
}

/// The distance between padded rows of `columns` numbers: whole vectors, and whole tiles, at any vector width.
const fn stride(columns: usize) -> usize {
    columns.next_multiple_of(MOST_LANES)
}

/// `count` rows of `columns` numbers, each padded with zeros.
fn padded<'a>(count: usize, columns: usize, rows: impl Iterator<Item = &'a [f64]>) -> Aligned<f64> {
    let mut padded = Aligned::new(count * stride(columns));
    for (to, from) in padded.chunks_exact_mut(stride(columns)).zip(rows) {
        to[..columns].copy_from_slice(from);
    }
    padded
}

/// Adds the products of all pairs of columns of some padded rows to a square matrix: its lower triangle, and the rest
/// of the tiles that reach it.
struct Gram<'a> {
    rows: &'a [f64],
    /// The distance between rows, of the table and of the matrix.
    stride: usize,
    /// The rows and columns of the matrix that are needed.
    shape: [usize; 2],
    sums: &'a mut [f64],
}

impl Job for Gram<'_> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(mut self, lanes: L) {
        let rows = (GROUP / self.stride).max(1);
        for group in self.rows.chunks(rows * self.stride) {
            if L::REGISTERS >= 32 {
                self.bands::<L, 8, 3>(lanes, group);
            } else {
                self.bands::<L, 4, 2>(lanes, group);
            }
        }
    }
}

impl Gram<'_> {
    /// Bands of `HEIGHT` rows of the triangle, each as wide as its last row and made of tiles of up to `WIDE` vectors.
    /// If the last band is a single row, such as the target of a regression, its tiles are one row high but wider.
    #[inline(always)]
    fn bands<L: Lanes, const HEIGHT: usize, const WIDE: usize>(&mut self, lanes: L, group: &[f64]) {
        let [height, width] = self.shape;
        for top in (0..height).step_by(HEIGHT) {
            let vectors = width.min(top + HEIGHT).div_ceil(L::LEN);
            let mut first = 0;
            while first < vectors {
                let place = [top, first * L::LEN];
                first += match (height - top, vectors - first) {
                    (1, 8..) => self.tile::<L, 1, 8>(lanes, group, place),
                    (1, 4..) => self.tile::<L, 1, 4>(lanes, group, place),
                    (1, _) => self.tile::<L, 1, 1>(lanes, group, place),
                    (_, 1) => self.tile::<L, HEIGHT, 1>(lanes, group, place),
                    (_, 2 | 4) => self.tile::<L, HEIGHT, 2>(lanes, group, place),
                    _ => self.tile::<L, HEIGHT, WIDE>(lanes, group, place),
                };
            }
        }
    }

    /// Adds a group of rows to the tile with this first row and column, and returns the width of the tile in vectors.
    #[inline(always)]
    fn tile<L: Lanes, const HEIGHT: usize, const WIDE: usize>(
        &mut self,
        lanes: L,
        group: &[f64],
        [top, left]: [usize; 2],
    ) -> usize {
        let (stride, width) = (self.stride, WIDE * L::LEN);
        assert!(top + HEIGHT <= stride && left + width <= stride); // checked once, and not for each row
        let mut tile = zeros::<L, f64, WIDE, HEIGHT>(lanes);
        for row in group.chunks_exact(stride) {
            let column: &[f64; HEIGHT] = row[top..top + HEIGHT].try_into().expect("the slice is that long");
            add_products(lanes, &mut tile, column, &row[left..left + width]);
        }
        for (tile, sums) in tile.into_iter().zip(self.sums[top * stride..].chunks_exact_mut(stride)) {
            add(lanes, tile, false, &mut sums[left..left + width]);
        }
        WIDE
    }
}

/// The fits of the suite's search: its sums are exact, so the weights are those of every other technique.
#[cfg(feature = "worker")]
pub(crate) mod suite {
    use super::ridge::Ridge;
    use super::{Gram, padded, stride};
    use crate::Packed;
    use crate::aligned::Aligned;
    use crate::lanes::Machine;
    use parallax_pattern::FoldNest;
    use parallax_suite::workload::GridSearch;
    use std::ops::Range;

    /// The table, fold by fold: the rows held out are contiguous, and so are those before and after them.
    #[derive(Debug)]
    pub struct Fits<M> {
        machine: M,
        stride: usize,
        /// The number of rows in a fold.
        rows: usize,
        table: Aligned<f64>,
    }

    /// A square of sums, of which the lower triangle is used, row by row.
    #[derive(Debug)]
    pub struct Sums(Aligned<f64>);

    impl<M: Machine> Packed<M> {
        pub(crate) fn fits(&self, work: &GridSearch) -> Fits<M> {
            let columns = work.features() + 1;
            let rows = work.table().chunks_exact(columns);
            let of_fold = |fold| rows.clone().skip(fold).step_by(GridSearch::FOLDS);
            let table = padded(rows.len(), columns, (0..GridSearch::FOLDS).flat_map(of_fold));
            let rows = rows.len() / GridSearch::FOLDS;
            Fits { machine: self.machine, stride: stride(columns), rows, table }
        }
    }

    impl<M> Fits<M> {
        fn part(&self, rows: Range<usize>) -> &[f64] {
            &self.table[rows.start * self.stride..rows.end * self.stride]
        }
    }

    impl<M: Machine> FoldNest<GridSearch> for Fits<M> {
        const SOURCE: &'static str = file!();
        type Acc = Sums;
        fn empty(&self, _: &GridSearch) -> Sums {
            Sums(Aligned::new(self.stride.pow(2)))
        }
        fn fold(&self, work: &GridSearch, outer: usize, Sums(sums): &mut Sums, pieces: Range<usize>) {
            let (_, fold) = work.fit(outer);
            let held_out = fold * self.rows;
            let before = pieces.start.min(held_out)..pieces.end.min(held_out);
            let after = pieces.start.max(held_out) + self.rows..pieces.end.max(held_out) + self.rows;
            let shape = [work.features() + 1, work.features()];
            for rows in [before, after] {
                self.machine.run(Gram { rows: self.part(rows), stride: self.stride, shape, sums });
            }
        }
        fn merge(&self, Sums(sums): &mut Sums, Sums(other): Sums) {
            sums.iter_mut().zip(&*other).for_each(|(sum, other)| *sum += other);
        }
        fn finish(&self, work: &GridSearch, outer: usize, Sums(mut sums): Sums) -> f64 {
            let (penalty, fold) = work.fit(outer);
            let held_out = self.part(fold * self.rows..(fold + 1) * self.rows);
            let (stride, features) = (self.stride, work.features());
            self.machine.run(Ridge { sums: &mut sums, stride, features, penalty, held_out })
        }
    }
}
