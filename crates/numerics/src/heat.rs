//! A stencil by slices: five views of one array, each moved by a cell, and no index in sight.
//!
//! The seam of the torus is what slices cannot say, so its cells are done one by one.

use crate::blocks::{Block, blocks};
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Zip, s};
use parallax_pattern::Stencil;
use parallax_suite::workload::Heat;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The steps of [`Heat`], a row at a time and in one pass.
#[derive(Serialize, Deserialize)]
pub struct Rows(pub(crate) Arc<Heat>);

/// The steps of [`Heat`] on slices of the whole, with an array for each operation.
#[derive(Serialize, Deserialize)]
pub struct Slices(pub(crate) Arc<Heat>);

/// A cell after a step. One order of operations, so that every split gives the same bits.
fn next(u: f64, up: f64, down: f64, left: f64, right: f64) -> f64 {
    u + 0.1 * (up + down + left + right - 4.0 * u)
}

/// A cell anywhere, on the seam too.
fn next_at(old: &ArrayView2<f64>, row: usize, column: usize) -> f64 {
    let n = old.nrows();
    let (up, down) = ((row + n - 1) % n, (row + 1) % n);
    let (left, right) = ((column + n - 1) % n, (column + 1) % n);
    let at = |row, column| old[[row, column]];
    next(at(row, column), at(up, column), at(down, column), at(row, left), at(row, right))
}

fn square(old: &[f64], side: usize) -> ArrayView2<'_, f64> {
    ArrayView2::from_shape((side, side), old).expect("the state is a square")
}

impl Stencil for Rows {
    type Item = f64;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn grain(&self) -> usize {
        self.0.grain()
    }
    fn steps(&self) -> usize {
        self.0.steps()
    }
    fn step(&self, old: &[f64], start: usize, new: &mut [f64]) {
        let n = self.0.side();
        let old = square(old, n);
        for Block { rows, columns, part } in blocks(n, start, new.len()) {
            let (first, last) = (columns.start, columns.end - 1);
            let (from, to) = (first.max(1), columns.end.min(n - 1).max(first.max(1)));
            for (row, cells) in rows.zip(new[part].chunks_mut(columns.len())) {
                for edge in [first, last].into_iter().filter(|edge| edge % (n - 1) == 0) {
                    cells[edge - first] = next_at(&old, row, edge);
                }
                let near = |row: usize, by: usize| old.slice(s![row % n, from + by - 1..to + by - 1]);
                let inner = ArrayViewMut1::from(&mut cells[from - first..to - first]);
                let across: [ArrayView1<f64>; 2] = [near(row + n - 1, 1), near(row + 1, 1)];
                let [up, down] = across;
                Zip::from(inner)
                    .and(near(row, 1))
                    .and(up)
                    .and(down)
                    .and(near(row, 0))
                    .and(near(row, 2))
                    .for_each(|new, &u, &up, &down, &left, &right| *new = next(u, up, down, left, right));
            }
        }
    }
}

impl Stencil for Slices {
    type Item = f64;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn grain(&self) -> usize {
        self.0.grain()
    }
    fn steps(&self) -> usize {
        self.0.steps()
    }
    fn step(&self, old: &[f64], start: usize, new: &mut [f64]) {
        let n = self.0.side();
        let old = square(old, n);
        for Block { rows, columns, part } in blocks(n, start, new.len()) {
            let shape = (rows.len(), columns.len());
            let mut new = ArrayViewMut2::from_shape(shape, &mut new[part]).expect("a block is that large");
            for ((i, j), cell) in new.indexed_iter_mut() {
                let (row, column) = (rows.start + i, columns.start + j);
                if row % (n - 1) == 0 || column % (n - 1) == 0 {
                    *cell = next_at(&old, row, column);
                }
            }
            let (top, end) = (rows.start.max(1), rows.end.min(n - 1));
            let (left, right) = (columns.start.max(1), columns.end.min(n - 1));
            if top < end && left < right {
                let near =
                    |i: usize, j: usize| old.slice(s![top + i - 1..end + i - 1, left + j - 1..right + j - 1]);
                let u = near(1, 1);
                let sum = &near(0, 1) + &near(2, 1) + near(1, 0) + near(1, 2);
                let state = &u + (sum - &u * 4.0) * 0.1;
                let inner =
                    s![top - rows.start..end - rows.start, left - columns.start..right - columns.start];
                new.slice_mut(inner).assign(&state);
            }
        }
    }
}
