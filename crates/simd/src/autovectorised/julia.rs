//! A data-dependent loop made vectorisable: a block of points steps together until all have escaped.
//!
//! The plain loop ends when its point escapes, and a loop that ends by its data has no vector form. Here a
//! block of neighbours makes the same steps, those that escaped without counting, until none is left. The
//! block's slowest point decides, so the lanes of the others idle; no compiler refills them.

use crate::clones::{self, Plain};
use parallax_pattern::Map;
use parallax_pattern::isa::Isa;
use parallax_suite::workload::Julia;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Blocks of points that step together.
#[derive(Serialize, Deserialize)]
pub struct Escape(Isa, Arc<Julia>);

impl Escape {
    /// The points of `work`, compiled for `isa`.
    pub fn new(isa: Isa, work: &Arc<Julia>) -> Self {
        Escape(isa, work.clone())
    }
}

impl Map for Escape {
    type Item = u32;
    fn len(&self) -> usize {
        self.1.len()
    }
    fn grain(&self) -> usize {
        self.1.grain()
    }
    fn fill(&self, start: usize, out: &mut [u32]) {
        clones::run(self.0, Piece { work: &self.1, start, out });
    }
}

/// Points `start..start + out.len()`.
struct Piece<'a> {
    work: &'a Julia,
    start: usize,
    out: &'a mut [u32],
}

/// Neighbours that step together: enough that a step need not wait for the one before.
const BLOCK: usize = 32;
/// How many steps are made before anyone looks whether a point is left.
const STEPS: u32 = 4;

impl Plain for Piece<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let (xs, ys, limit) = (self.work.xs(), self.work.ys(), self.work.limit());
        let mut p = self.start;
        for out in self.out.chunks_mut(BLOCK) {
            let (mut x, mut y) = ([2.0; BLOCK], [2.0; BLOCK]); // outside, where no point is
            for k in 0..out.len() {
                (x[k], y[k]) = (xs[(p + k) % xs.len()], ys[(p + k) / xs.len()]);
            }
            let counts = escape(&mut x, &mut y, limit);
            out.copy_from_slice(&counts[..out.len()]);
            p += out.len();
        }
    }
}

#[inline(always)]
fn escape(x: &mut [f64; BLOCK], y: &mut [f64; BLOCK], limit: u32) -> [u32; BLOCK] {
    let mut counts = [0.0; BLOCK]; // floats, to have lanes as wide as the coordinates'
    for _ in 0..limit.div_ceil(STEPS) {
        for _ in 0..STEPS {
            for k in 0..BLOCK {
                let (x2, y2) = (x[k] * x[k], y[k] * y[k]);
                counts[k] += if x2 + y2 < 4.0 { 1.0 } else { 0.0 };
                y[k] = 2.0 * x[k] * y[k] + Julia::C.1;
                x[k] = x2 - y2 + Julia::C.0;
            }
        }
        let mut left = 0;
        for k in 0..BLOCK {
            left += u64::from(x[k] * x[k] + y[k] * y[k] < 4.0);
        }
        if left == 0 {
            break;
        }
    }
    counts.map(|count| (count as u32).min(limit)) // the last steps may have gone beyond it
}
