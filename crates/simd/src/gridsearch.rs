//! Sums of products in tiles: a Gram matrix is a matrix product of a table with itself.
//!
//! A tile of sums stays in registers while a group of rows goes by, as in [`matmul`](crate::matmul); only
//! the tiles that reach the upper triangle are summed. Rows are padded to whole tiles with zeros, which add
//! nothing. The sums are exact, so the weights are those of every other technique.

use crate::lanes::{Floats, Job, Lanes, Machine};
use crate::matmul::{add, add_products};
use parallax_pattern::Nest;
use parallax_suite::workload::{GridSearch, Triangle};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The fits of a search, with tiled sums.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Fits<M: Machine> {
    machine: M,
    work: Arc<GridSearch>,
    side: usize,
    table: Vec<f64>,
}

/// Sides are multiples of it: the width of the widest tile.
const PAD: usize = 24;
/// So many rows go by a tile before the next tile has its turn: they stay in the first cache.
const GROUP: usize = 64;

impl<M: Machine> Fits<M> {
    /// The fits of `work`, by the vectors of `machine`.
    pub fn new(machine: M, work: &Arc<GridSearch>) -> Self {
        let columns = work.features() + 1;
        let side = columns.next_multiple_of(PAD);
        let mut table = vec![0.0; work.rows() * side];
        for (to, from) in table.chunks_exact_mut(side).zip(work.table().chunks_exact(columns)) {
            to[..columns].copy_from_slice(from);
        }
        Fits { machine, work: work.clone(), side, table }
    }
}

impl<M: Machine> Nest for Fits<M> {
    type Item = f64;
    /// A square matrix, of which the upper triangle counts.
    type Acc = Vec<f64>;
    fn shape(&self) -> (usize, usize) {
        self.work.shape()
    }
    fn empty(&self) -> Vec<f64> {
        vec![0.0; self.side * self.side]
    }
    fn fold(&self, outer: usize, sums: &mut Vec<f64>, pieces: Range<usize>) {
        let (_, fold) = self.work.fit(outer);
        for first in pieces.clone().step_by(GROUP) {
            let group = first..pieces.end.min(first + GROUP);
            let row = |piece| &self.table[self.work.training_index(fold, piece) * self.side..][..self.side];
            let mut rows: [&[f64]; GROUP] = [&[]; GROUP];
            rows.iter_mut().zip(group.clone()).for_each(|(place, piece)| *place = row(piece));
            self.machine.run(Gram { rows: &rows[..group.len()], side: self.side, sums });
        }
    }
    fn merge(&self, sums: &mut Vec<f64>, other: Vec<f64>) {
        sums.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
    }
    fn finish(&self, outer: usize, sums: Vec<f64>) -> f64 {
        let columns = self.work.features() + 1;
        let upper = Triangle::from_fn(columns, |i, j| sums[i * self.side + j]);
        self.work.finish(outer, upper)
    }
}

/// Adds the products of all pairs of columns of some rows.
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
