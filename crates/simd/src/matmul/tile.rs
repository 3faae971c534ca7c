//! A tile of sums in registers, a vector for each few columns of each row: what is added to it, and where it goes.

use crate::lanes::{Floats, Lanes};
use std::ops::Range;

/// Adds the products of a column of numbers with a row of vectors to a tile.
#[inline(always)]
pub(crate) fn add_products<L: Lanes, const ROWS: usize, const WIDE: usize>(
    lanes: L,
    sums: &mut [[Floats<L>; WIDE]; ROWS],
    column: &[f64; ROWS],
    row: &[f64],
) {
    let mut vectors = [Floats::splat(lanes, 0.0); WIDE];
    for (vector, from) in vectors.iter_mut().zip(row.chunks_exact(L::LEN)) {
        *vector = Floats::load(lanes, from);
    }
    for (sums, a) in sums.iter_mut().zip(column) {
        let a = Floats::splat(lanes, *a);
        for (sum, b) in sums.iter_mut().zip(vectors) {
            *sum = a.mul_add(b, *sum);
        }
    }
}

/// Adds a tile's row to what `out` holds, or replaces it.
#[inline(always)]
pub(crate) fn add<L: Lanes, const WIDE: usize>(
    lanes: L,
    sums: [Floats<L>; WIDE],
    clear: bool,
    out: &mut [f64],
) {
    for (sum, out) in sums.into_iter().zip(out.chunks_exact_mut(L::LEN)) {
        let sum = if clear { sum } else { Floats::load(lanes, out) + sum };
        sum.store(out);
    }
}

/// The same for a row that begins in column `first` and reaches beyond `columns`.
#[cold]
pub(super) fn add_edge(sums: &[f64], first: usize, columns: &Range<usize>, clear: bool, out: &mut [f64]) {
    let inside = columns.start.max(first)..columns.end.min(first + sums.len());
    let out = &mut out[inside.start - columns.start..inside.end - columns.start];
    for (out, sum) in out.iter_mut().zip(&sums[inside.start - first..]) {
        *out = if clear { *sum } else { *out + sum };
    }
}
