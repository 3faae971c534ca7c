//! Points that escape after more or fewer steps: a chain that no compiler turns into vectors.
//!
//! A loop that ends at another time for each point is not vectorised by GCC, nor by rustc, so the
//! instruction set changes nothing here and C is as fast as Rust.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use parallax_pattern::Map;
use parallax_suite::workload::Julia;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The counts of [`Julia`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Escapes {
    pub(crate) build: Build,
    pub(crate) work: Arc<Julia>,
}

impl Map for Escapes {
    type Item = u32;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [u32]) {
        let (xs, ys) = (self.work.xs(), self.work.ys());
        assert!(start + out.len() <= self.len(), "a piece lies within the picture");
        let (counts, limit, len) = (out.as_mut_ptr(), self.work.limit(), out.len());
        // SAFETY: the piece lies within the picture of `xs` by `ys`, and `out` is borrowed alone.
        unsafe { (self.build.kernels().julia)(counts, xs.as_ptr(), xs.len(), ys.as_ptr(), limit, start, len) }
    }
}
