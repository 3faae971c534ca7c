//! A triad in one pass: three streams of memory, which any language fills alike.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use parallax_pattern::Sweep;
use parallax_suite::workload::Stream;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The triad of [`Stream`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Triad {
    pub(crate) build: Build,
    pub(crate) work: Arc<Stream>,
}

impl Sweep for Triad {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn steps(&self) -> usize {
        self.work.steps()
    }
    fn step(&self, start: usize, part: &mut [f64]) {
        let range = start..start + part.len();
        let (b, c) = (&self.work.b()[range.clone()], &self.work.c()[range]);
        // SAFETY: all three have `part.len()` items, and `part` is borrowed alone.
        unsafe { (self.build.kernels().stream)(part.as_mut_ptr(), b.as_ptr(), c.as_ptr(), part.len()) }
    }
}
