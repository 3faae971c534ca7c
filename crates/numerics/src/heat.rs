//! A stencil by slices: five views of one array, each moved by a cell, and no index arithmetic.
//!
//! Slices cannot express the seam of the torus, so its cells are computed one by one.

use crate::blocks::{Block, blocks};
use ndarray::{ArrayView2, ArrayViewMut1, ArrayViewMut2, Zip, s};
use std::ops::Range;

/// Writes the cells `start..start + new.len()` of the next state of a torus of `[rows, columns]`: each cell takes over
/// `rate` of its difference to each of its four neighbours. One pass, and no memory except the result.
///
/// ```
/// use parallax_numerics::heat::step;
///
/// let old = [0.0, 0.0, 0.0, 0.0, 8.0, 0.0, 0.0, 0.0, 0.0]; // three by three, warm in the middle
/// let mut new = [0.0; 9];
/// step(&old, [3, 3], 0.125, 0, &mut new);
/// assert_eq!(new, [0.0, 1.0, 0.0, 1.0, 4.0, 1.0, 0.0, 1.0, 0.0]);
/// ```
///
/// # Panics
///
/// If there are fewer than two rows or columns, the length of `old` does not match them, or `new` ends beyond it.
pub fn step(old: &[f64], shape: [usize; 2], rate: f64, start: usize, new: &mut [f64]) {
    let old = torus(old, shape, start + new.len());
    let [rows_all, n] = shape;
    for Block { rows, columns, part } in blocks(n, start, new.len()) {
        let (first, last) = (columns.start, columns.end - 1);
        let (from, to) = (first.max(1), columns.end.min(n - 1).max(first.max(1)));
        for (row, cells) in rows.zip(new[part].chunks_mut(columns.len())) {
            for edge in [first, last].into_iter().filter(|&edge| edge == 0 || edge == n - 1) {
                cells[edge - first] = next_at(&old, rate, row, edge);
            }
            let near = |row: usize, by: usize| old.slice(s![row % rows_all, from + by - 1..to + by - 1]);
            let inner = ArrayViewMut1::from(&mut cells[from - first..to - first]);
            let (up, down) = (near(row + rows_all - 1, 1), near(row + 1, 1));
            Zip::from(inner)
                .and(near(row, 1))
                .and(up)
                .and(down)
                .and(near(row, 0))
                .and(near(row, 2))
                .for_each(|new, &u, &up, &down, &left, &right| *new = next(rate, u, up, down, left, right));
        }
    }
}

/// As [`step`], on slices of the whole, with a new array for each operation: some six times the part in memory.
///
/// # Panics
///
/// As [`step`].
pub fn step_by_operators(old: &[f64], shape: [usize; 2], rate: f64, start: usize, new: &mut [f64]) {
    let old = torus(old, shape, start + new.len());
    let edge = |at: usize, side: usize| at == 0 || at == side - 1;
    for Block { rows, columns, part } in blocks(shape[1], start, new.len()) {
        let size = (rows.len(), columns.len());
        let mut new = ArrayViewMut2::from_shape(size, &mut new[part]).expect("a block is that large");
        for ((i, j), cell) in new.indexed_iter_mut() {
            let (row, column) = (rows.start + i, columns.start + j);
            if edge(row, shape[0]) || edge(column, shape[1]) {
                *cell = next_at(&old, rate, row, column);
            }
        }
        let inside = |cells: &Range<usize>, side: usize| cells.start.max(1)..cells.end.min(side - 1);
        let (down, along) = (inside(&rows, shape[0]), inside(&columns, shape[1]));
        if !down.is_empty() && !along.is_empty() {
            let near = |i: usize, j: usize| {
                old.slice(s![down.start + i - 1..down.end + i - 1, along.start + j - 1..along.end + j - 1])
            };
            let u = near(1, 1);
            let sum = &near(0, 1) + &near(2, 1) + near(1, 0) + near(1, 2);
            let state = &u + (sum - &u * 4.0) * rate;
            let (top, left) = (rows.start, columns.start);
            new.slice_mut(s![down.start - top..down.end - top, along.start - left..along.end - left])
                .assign(&state);
        }
    }
}

/// A cell after a step. One order of operations, so that every split has the same bits.
#[inline(always)]
fn next(rate: f64, u: f64, up: f64, down: f64, left: f64, right: f64) -> f64 {
    u + rate * (up + down + left + right - 4.0 * u)
}

/// A cell anywhere, including the seam.
fn next_at(old: &ArrayView2<f64>, rate: f64, row: usize, column: usize) -> f64 {
    let (rows, columns) = old.dim();
    let (up, down) = ((row + rows - 1) % rows, (row + 1) % rows);
    let (left, right) = ((column + columns - 1) % columns, (column + 1) % columns);
    let at = |row, column| old[[row, column]];
    next(rate, at(row, column), at(up, column), at(down, column), at(row, left), at(row, right))
}

fn torus(old: &[f64], shape: [usize; 2], end: usize) -> ArrayView2<'_, f64> {
    assert!(shape[0] > 1 && shape[1] > 1, "a torus must have two rows and two columns at least");
    assert!(old.len() == shape[0] * shape[1] && end <= old.len(), "a part must lie within the torus");
    ArrayView2::from_shape(shape, old).expect("the length was checked")
}

#[cfg(feature = "worker")]
mod worker {
    use super::{step, step_by_operators};
    use crate::{NdArray, NdArrayTemporaries};
    use parallax_pattern::Step;
    use parallax_suite::workload::Heat;

    impl Step<Heat> for NdArray {
        const SOURCE: &'static str = file!();
        fn step(&self, work: &Heat, old: &[f64], start: usize, new: &mut [f64]) {
            step(old, [work.side(); 2], Heat::RATE, start, new);
        }
    }

    impl Step<Heat> for NdArrayTemporaries {
        const SOURCE: &'static str = file!();
        fn step(&self, work: &Heat, old: &[f64], start: usize, new: &mut [f64]) {
            step_by_operators(old, [work.side(); 2], Heat::RATE, start, new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::random::at;
    use proptest::prelude::*;

    type Way = fn(&[f64], [usize; 2], f64, usize, &mut [f64]);

    proptest! {
        #[test]
        fn every_cell_of_any_torus_takes_from_its_four_neighbours(rows in 2..7usize, columns in 2..7usize, cut in 0..40usize) {
            let old: Vec<f64> = (0..(rows * columns) as u64).map(|i| (at(3, i) % 100) as f64).collect();
            let cell = |row: usize, column: usize| old[row % rows * columns + column % columns];
            for (way, name) in [(step as Way, "step"), (step_by_operators, "operators")] {
                let mut new = vec![f64::NAN; old.len()];
                let (first, last) = new.split_at_mut(cut.min(rows * columns));
                way(&old, [rows, columns], 0.25, first.len(), last);
                way(&old, [rows, columns], 0.25, 0, first);
                for (p, &new) in new.iter().enumerate() {
                    let (row, column) = (p / columns, p % columns);
                    let right = 0.25 * (cell(row + rows - 1, column) + cell(row + 1, column)
                        + cell(row, column + columns - 1) + cell(row, column + 1));
                    prop_assert_eq!(new, right, "{}, cell {}", name, p);
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "within the torus")]
    fn a_state_of_another_size_is_noticed() {
        step(&[0.0; 5], [2, 2], 0.1, 0, &mut [0.0; 4]);
    }
}
