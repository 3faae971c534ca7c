//! Sums of products in tiles: a Gram matrix is a matrix product of a table with itself.
//!
//! A tile of sums stays in registers while a group of rows goes by, as in [`matmul`](crate::matmul()); only
//! the tiles that reach the upper triangle are summed. Rows are padded to whole tiles with zeros, which add
//! nothing.

use crate::aligned::Aligned;
use crate::best;
use crate::lanes::{Floats, Job, Lanes};
use crate::matmul::{add, add_products};

/// Sides are multiples of it: the width of the widest tile.
const PAD: usize = 24;
/// So many rows go by a tile before the next tile has its turn: they stay in the first cache.
const GROUP: usize = 64;

/// The products of all pairs of columns, summed over the rows of a table: its Gram matrix, symmetric, row by row. It is
/// what a linear regression solves.
///
/// `columns² / 2` fused multiply-adds for each row; the sums are added in groups of rows, so their last bits may differ
/// from those of a plain loop.
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
    assert!(columns > 0 && table.len().is_multiple_of(columns), "a table of whole rows");
    let side = columns.next_multiple_of(PAD);
    let mut sums = vec![0.0; side * side];
    for group in table.chunks(GROUP * columns) {
        let padded = pad(group, columns);
        let rows: Vec<&[f64]> = padded.chunks_exact(side).collect();
        best::run(Gram { rows: &rows, side, sums: &mut sums });
    }
    let upper = |p: usize| (p / columns).min(p % columns) * side + (p / columns).max(p % columns);
    (0..columns * columns).map(|p| sums[upper(p)]).collect()
}

/// A table's rows, filled up with zeros to whole tiles.
fn pad(table: &[f64], columns: usize) -> Aligned<f64> {
    let side = columns.next_multiple_of(PAD);
    let mut padded = Aligned::new(table.len() / columns * side);
    for (to, from) in padded.chunks_exact_mut(side).zip(table.chunks_exact(columns)) {
        to[..columns].copy_from_slice(from);
    }
    padded
}

/// Adds the products of all pairs of columns of some padded rows to a square matrix, of which the upper triangle
/// counts.
struct Gram<'a> {
    rows: &'a [&'a [f64]],
    side: usize,
    sums: &'a mut [f64],
}

impl Job for Gram<'_> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        if L::REGISTERS >= 32 {
            tiles::<L, 8, 3>(lanes, self);
        } else {
            tiles::<L, 4, 2>(lanes, self);
        }
    }
}

#[inline(always)]
fn tiles<L: Lanes, const ROWS: usize, const WIDE: usize>(lanes: L, gram: Gram) {
    let Gram { rows, side, sums } = gram;
    let width = WIDE * L::LEN;
    for i in (0..side).step_by(ROWS) {
        for j in (i / width * width..side).step_by(width) {
            let mut tile = [[Floats::splat(lanes, 0.0); WIDE]; ROWS];
            for row in rows {
                let own: &[f64; ROWS] = row[i..i + ROWS].try_into().expect("so many were cut");
                add_products(lanes, &mut tile, own, &row[j..j + width]);
            }
            for (tile, sums) in tile.into_iter().zip(sums[i * side..].chunks_exact_mut(side)) {
                add(lanes, tile, false, &mut sums[j..j + width]);
            }
        }
    }
}

/// The fits of the suite's search: its sums are exact, so the weights are those of every other technique.
#[cfg(feature = "worker")]
pub(crate) mod suite {
    use super::{GROUP, Gram, PAD, pad};
    use crate::Packed;
    use crate::aligned::Aligned;
    use crate::lanes::Machine;
    use parallax_pattern::{FoldNest, Nest};
    use parallax_suite::workload::{GridSearch, Triangle};
    use std::ops::Range;

    /// The table with rows of whole tiles.
    #[derive(Debug)]
    pub struct Fits<M> {
        machine: M,
        side: usize,
        table: Aligned<f64>,
    }

    impl<M: Machine> Packed<M> {
        pub(crate) fn fits(&self, work: &GridSearch) -> Fits<M> {
            let columns = work.features() + 1;
            let side = columns.next_multiple_of(PAD);
            Fits { machine: self.machine, side, table: pad(work.table(), columns) }
        }
    }

    impl<M: Machine> FoldNest<GridSearch> for Fits<M> {
        const SOURCE: &'static str = file!();
        type Acc = Vec<f64>;
        fn empty(&self, _: &GridSearch) -> Vec<f64> {
            vec![0.0; self.side * self.side]
        }
        fn fold(&self, work: &GridSearch, outer: usize, sums: &mut Vec<f64>, pieces: Range<usize>) {
            let (_, fold) = work.fit(outer);
            for first in pieces.clone().step_by(GROUP) {
                let group = first..pieces.end.min(first + GROUP);
                let row = |piece| &self.table[work.training_index(fold, piece) * self.side..][..self.side];
                let mut rows: [&[f64]; GROUP] = [&[]; GROUP];
                rows.iter_mut().zip(group.clone()).for_each(|(place, piece)| *place = row(piece));
                self.machine.run(Gram { rows: &rows[..group.len()], side: self.side, sums });
            }
        }
        fn merge(&self, sums: &mut Vec<f64>, other: Vec<f64>) {
            sums.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        }
        fn finish(&self, work: &GridSearch, outer: usize, sums: Vec<f64>) -> f64 {
            let columns = work.features() + 1;
            work.finish(outer, Triangle::from_fn(columns, |i, j| sums[i * self.side + j]))
        }
    }
}
