//! A step of heat, row by row, with the seam of the torus outside the loop.

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use parallax_pattern::Stencil;
use parallax_suite::workload::Heat;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The steps of [`Heat`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Steps {
    pub(crate) build: Build,
    pub(crate) work: Arc<Heat>,
}

impl Stencil for Steps {
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
    fn step(&self, old: &[f64], start: usize, new: &mut [f64]) {
        assert!(old.len() == self.len() && start + new.len() <= old.len(), "a piece lies within the torus");
        let side = self.work.side();
        // SAFETY: `old` is the whole torus, the piece lies within it, and `new` is borrowed alone.
        unsafe { (self.build.kernels().heat)(new.as_mut_ptr(), old.as_ptr(), side, start, new.len()) }
    }
}
