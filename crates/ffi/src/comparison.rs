//! Two arrays into bytes of truth, in one pass.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use parallax_pattern::Map;
use parallax_suite::workload::Comparison;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The expression of [`Comparison`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Truths {
    pub(crate) build: Build,
    pub(crate) work: Arc<Comparison>,
}

impl Map for Truths {
    type Item = u8;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [u8]) {
        let range = start..start + out.len();
        let arguments = self.work.arguments();
        let [a, b] = [0, 1].map(|q: usize| &arguments[q].1[range.clone()]);
        // SAFETY: all three have `out.len()` items, and `out` is borrowed alone.
        unsafe { (self.build.kernels().comparison)(out.as_mut_ptr(), a.as_ptr(), b.as_ptr(), out.len()) }
    }
}
