//! Truths as bytes: the compiler finds how to narrow a mask by itself.

use crate::clones::{self, Plain};
use parallax_pattern::Map;
use parallax_pattern::isa::Isa;
use parallax_suite::workload::Comparison;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The truths of a comparison.
#[derive(Serialize, Deserialize)]
pub struct Truths(Isa, Arc<Comparison>);

impl Truths {
    /// The truths of `work`, compiled for `isa`.
    pub fn new(isa: Isa, work: &Arc<Comparison>) -> Self {
        Truths(isa, work.clone())
    }
}

impl Map for Truths {
    type Item = u8;
    fn len(&self) -> usize {
        self.1.len()
    }
    fn grain(&self) -> usize {
        self.1.grain()
    }
    fn fill(&self, start: usize, out: &mut [u8]) {
        let arguments = self.1.arguments();
        let column = |q: usize| &arguments[q].1[start..start + out.len()];
        clones::run(self.0, Piece { a: column(0), b: column(1), out });
    }
}

struct Piece<'a> {
    a: &'a [f64],
    b: &'a [f64],
    out: &'a mut [u8],
}

impl Plain for Piece<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        for ((truth, a), b) in self.out.iter_mut().zip(self.a).zip(self.b) {
            *truth = u8::from(a * b - 4.125 * a > 2.5 * b);
        }
    }
}
