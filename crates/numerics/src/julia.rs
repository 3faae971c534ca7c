//! Points that escape, as arrays: every pass updates all that are left, and a mask says which.
//!
//! The arrays of an array library are all or nothing: a pass costs the same for one point as for a
//! million. The loss against a plain loop is what this row shows.

use ndarray::{Array1, ArrayViewMut1, Zip};
use parallax_pattern::Map;
use parallax_suite::workload::Julia;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The counts of [`Julia`].
#[derive(Serialize, Deserialize)]
pub struct Masked(pub(crate) Arc<Julia>);

impl Map for Masked {
    type Item = u32;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn grain(&self) -> usize {
        self.0.grain()
    }
    fn fill(&self, start: usize, out: &mut [u32]) {
        let (columns, rows) = (self.0.xs(), self.0.ys());
        let width = columns.len();
        let mut x = Array1::from_shape_fn(out.len(), |p| columns[(start + p) % width]);
        let mut y = Array1::from_shape_fn(out.len(), |p| rows[(start + p) / width]);
        let mut counts = ArrayViewMut1::from(out);
        counts.fill(0);
        for _ in 0..self.0.limit() {
            let mut left = 0_u32;
            Zip::from(&mut x).and(&mut y).and(&mut counts).for_each(|x, y, count| {
                let inside = *x * *x + *y * *y < 4.0;
                let step = (*x * *x - *y * *y + Julia::C.0, 2.0 * *x * *y + Julia::C.1);
                (*x, *y) = if inside { step } else { (*x, *y) };
                *count += u32::from(inside);
                left += u32::from(inside);
            });
            if left == 0 {
                break;
            }
        }
    }
}
