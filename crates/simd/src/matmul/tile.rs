//! A tile of sums in registers, some vectors for each row: adding to it, and storing it.

use crate::lanes::{Lanes, MOST_LANES, Number};
use std::ops::Range;

/// `WIDE` vectors for each of `ROWS` rows.
type Sums<L, T, const WIDE: usize, const ROWS: usize> = [[<T as Number>::Vector<L>; WIDE]; ROWS];

/// A tile of zeros.
#[inline(always)]
pub(crate) fn zeros<L: Lanes, T: Number, const WIDE: usize, const ROWS: usize>(
    lanes: L,
) -> Sums<L, T, WIDE, ROWS> {
    [[T::splat(lanes, T::default()); WIDE]; ROWS]
}

/// Adds the products of a column of numbers with a row of vectors to a tile.
#[inline(always)]
pub(crate) fn add_products<L: Lanes, T: Number, const WIDE: usize, const ROWS: usize>(
    lanes: L,
    sums: &mut Sums<L, T, WIDE, ROWS>,
    column: &[T; ROWS],
    row: &[T],
) {
    let mut vectors = [T::splat(lanes, T::default()); WIDE];
    for (vector, from) in vectors.iter_mut().zip(row.chunks_exact(T::count::<L>())) {
        *vector = T::load(lanes, from);
    }
    for (sums, a) in sums.iter_mut().zip(column) {
        let a = T::splat(lanes, *a);
        for (sum, b) in sums.iter_mut().zip(vectors) {
            *sum = T::mul_add(lanes, a, b, *sum);
        }
    }
}

/// Adds a tile's row to the content of `out`, or replaces it.
#[inline(always)]
pub(crate) fn add<L: Lanes, T: Number, const WIDE: usize>(
    lanes: L,
    sums: [T::Vector<L>; WIDE],
    clear: bool,
    out: &mut [T],
) {
    for (sum, out) in sums.into_iter().zip(out.chunks_exact_mut(T::count::<L>())) {
        let sum = if clear { sum } else { T::plus(lanes, T::load(lanes, out), sum) };
        T::store(lanes, out, sum);
    }
}

/// The same for a row that begins in column `first` and reaches beyond `columns`.
#[inline(always)]
pub(super) fn add_edge<L: Lanes, T: Number, const WIDE: usize>(
    lanes: L,
    sums: [T::Vector<L>; WIDE],
    first: usize,
    columns: &Range<usize>,
    clear: bool,
    out: &mut [T],
) {
    let (mut all, width) = ([[T::default(); 2 * MOST_LANES]; WIDE], WIDE * T::count::<L>());
    let all = all.as_flattened_mut();
    add(lanes, sums, true, all);
    let inside = columns.start.max(first)..columns.end.min(first + width);
    let out = &mut out[inside.start - columns.start..inside.end - columns.start];
    for (out, sum) in out.iter_mut().zip(&all[inside.start - first..]) {
        *out = if clear { *sum } else { *out + *sum };
    }
}
