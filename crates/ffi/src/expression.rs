//! Expressions fused by hand: one pass, no temporaries, and the functions of the C library.
//!
//! Where sines and logarithms decide (`E2`, `E6`), no language is faster than another: all of them
//! call the same scalar functions of libm. A compiler replaces them by vectors only if it may give
//! up their last bits (`-ffast-math`).

#![expect(unsafe_code, reason = "the loop is written in another language")]

use crate::kernels::Build;
use parallax_pattern::Map;
use parallax_suite::workload::Expression;
use serde::{Deserialize, Serialize};
use std::ptr::null;
use std::sync::Arc;

/// An expression of [`Expression`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Fused {
    pub(crate) build: Build,
    pub(crate) work: Arc<Expression>,
}

impl Map for Fused {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let range = start..start + out.len();
        let arguments = self.work.arguments();
        let column = |q: usize| arguments.get(q).map_or(null(), |(_, array)| array[range.clone()].as_ptr());
        let formula = self.build.kernels().expressions[self.work.formula() as usize];
        // SAFETY: all arrays that this case has are of `out.len()` items, and `out` is borrowed alone.
        unsafe { formula(out.as_mut_ptr(), column(0), column(1), column(2), column(3), out.len()) }
    }
}
