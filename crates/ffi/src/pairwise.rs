//! Distances between all pairs of points, row by row, from points as they lie in memory.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use parallax_pattern::Map;
use parallax_suite::workload::Pairwise;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The distances of [`Pairwise`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Distances {
    pub(crate) build: Build,
    pub(crate) work: Arc<Pairwise>,
}

impl Map for Distances {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let points = self.work.points().as_flattened();
        assert!(start + out.len() <= self.len(), "a piece lies within the table");
        let m = self.work.points().len();
        // SAFETY: `points` has three coordinates for each of `m`, the piece lies within the table of
        // `m * m`, and `out` is borrowed alone.
        unsafe {
            (self.build.kernels().pairwise)(out.as_mut_ptr(), points.as_ptr(), m, start, out.len());
        }
    }
}
