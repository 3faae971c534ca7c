//! Distances by rows, or by broadcasting: a column against a row, and a whole table for each operation.
//!
//! Broadcasting is three lines long. It makes a table of all differences for each axis: at 5000 points
//! that is 200 MB each, several times over, for a result of 200 MB.

use crate::blocks::{Block, blocks};
use ndarray::{Array2, ArrayView1, ArrayViewMut1, ArrayViewMut2, Axis, Zip, s};
use parallax_pattern::Map;
use parallax_suite::workload::Pairwise;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The distances of [`Pairwise`], a row at a time.
#[derive(Serialize, Deserialize)]
pub struct Rows(pub(crate) Arc<Pairwise>);

/// The distances of [`Pairwise`], all of a piece at once.
#[derive(Serialize, Deserialize)]
pub struct Broadcast {
    work: Arc<Pairwise>,
    axes: [Vec<f64>; 3],
}

impl Map for Rows {
    type Item = f64;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn grain(&self) -> usize {
        self.0.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let points = ArrayView1::from(self.0.points());
        for Block { rows, columns, part } in blocks(points.len(), start, out.len()) {
            let width = columns.len();
            for (row, distances) in rows.zip(out[part].chunks_mut(width)) {
                let ([x, y, z], others) = (points[row], points.slice(s![columns.clone()]));
                Zip::from(ArrayViewMut1::from(distances)).and(others).for_each(|d, [u, v, w]| {
                    *d = ((x - u) * (x - u) + (y - v) * (y - v) + (z - w) * (z - w)).sqrt();
                });
            }
        }
    }
}

impl Broadcast {
    pub(crate) fn new(work: &Arc<Pairwise>) -> Self {
        let axis = |k: usize| work.points().iter().map(|point| point[k]).collect();
        Broadcast { work: work.clone(), axes: [axis(0), axis(1), axis(2)] }
    }

    /// The squared differences along an axis.
    fn squares(&self, axis: usize, block: &Block) -> Array2<f64> {
        let of = ArrayView1::from(&self.axes[axis]);
        let column = of.slice(s![block.rows.clone()]).insert_axis(Axis(1));
        let differences = &column - &of.slice(s![block.columns.clone()]);
        &differences * &differences
    }
}

impl Map for Broadcast {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        for block in blocks(self.axes[0].len(), start, out.len()) {
            let shape = (block.rows.len(), block.columns.len());
            let distances =
                (self.squares(0, &block) + self.squares(1, &block) + self.squares(2, &block)).sqrt();
            let out = ArrayViewMut2::from_shape(shape, &mut out[block.part]);
            out.expect("a block has as many cells as its shape says").assign(&distances);
        }
    }
}
