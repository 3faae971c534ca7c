//! The plain triad: any compiler vectorises it, and the memory decides.

use crate::clones::{self, Plain};
use parallax_pattern::Sweep;
use parallax_pattern::isa::Isa;
use parallax_suite::workload::Stream;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The passes of a triad onto an array.
#[derive(Serialize, Deserialize)]
pub struct Triad(Isa, Arc<Stream>);

impl Triad {
    /// The passes of `work`, compiled for `isa`.
    pub fn new(isa: Isa, work: &Arc<Stream>) -> Self {
        Triad(isa, work.clone())
    }
}

impl Sweep for Triad {
    type Item = f64;
    fn len(&self) -> usize {
        self.1.len()
    }
    fn grain(&self) -> usize {
        self.1.grain()
    }
    fn steps(&self) -> usize {
        self.1.steps()
    }
    fn step(&self, start: usize, part: &mut [f64]) {
        let range = start..start + part.len();
        clones::run(self.0, Pass { a: part, b: &self.1.b()[range.clone()], c: &self.1.c()[range] });
    }
}

struct Pass<'a> {
    a: &'a mut [f64],
    b: &'a [f64],
    c: &'a [f64],
}

impl Plain for Pass<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        for ((a, b), c) in self.a.iter_mut().zip(self.b).zip(self.c) {
            *a += b + 3.0 * c;
        }
    }
}
