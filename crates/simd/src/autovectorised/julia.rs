//! A data-dependent loop made vectorisable: a block of points steps together until all have escaped.
//!
//! The plain loop ends when its point escapes, and a loop that ends by its data has no vector form. Here a
//! block of neighbours makes the same steps, those that escaped without counting, until none is left. The
//! block's slowest point decides, so the lanes of the others idle; no compiler refills them.

use crate::best;
use crate::clones::{self, Plain};
#[cfg(feature = "worker")]
use {super::Autovectorised, parallax_pattern::Fill, parallax_suite::workload::Julia};

/// As [`escape_counts`](crate::escape_counts).
///
/// # Panics
///
/// If `out` has not a place for each pair.
pub fn escape_counts(xs: &[f64], ys: &[f64], c: (f64, f64), limit: u32, out: &mut [u32]) {
    assert_eq!(out.len(), xs.len() * ys.len(), "a place for each point");
    clones::run(best::isa(), Escape { xs, ys, c, limit, start: 0, out });
}

/// Points `start..start + out.len()`.
struct Escape<'a> {
    xs: &'a [f64],
    ys: &'a [f64],
    c: (f64, f64),
    limit: u32,
    start: usize,
    out: &'a mut [u32],
}

/// Neighbours that step together: enough that a step need not wait for the one before.
const BLOCK: usize = 32;
/// How many steps are made before anyone looks whether a point is left.
const STEPS: u32 = 4;

impl Plain for Escape<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Escape { xs, ys, c, limit, .. } = self;
        let mut p = self.start;
        for out in self.out.chunks_mut(BLOCK) {
            let (mut x, mut y) = ([2.0; BLOCK], [2.0; BLOCK]); // outside, where no point is
            for k in 0..out.len() {
                (x[k], y[k]) = (xs[(p + k) % xs.len()], ys[(p + k) / xs.len()]);
            }
            let counts = escape(&mut x, &mut y, c, limit);
            out.copy_from_slice(&counts[..out.len()]);
            p += out.len();
        }
    }
}

#[inline(always)]
fn escape(x: &mut [f64; BLOCK], y: &mut [f64; BLOCK], c: (f64, f64), limit: u32) -> [u32; BLOCK] {
    let mut counts = [0.0; BLOCK]; // floats, to have lanes as wide as the coordinates'
    for _ in 0..limit.div_ceil(STEPS) {
        for _ in 0..STEPS {
            for k in 0..BLOCK {
                let (x2, y2) = (x[k] * x[k], y[k] * y[k]);
                counts[k] += if x2 + y2 < 4.0 { 1.0 } else { 0.0 };
                y[k] = 2.0 * x[k] * y[k] + c.1;
                x[k] = x2 - y2 + c.0;
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

#[cfg(feature = "worker")]
impl Fill<Julia> for Autovectorised {
    const SOURCE: &'static str = file!();
    fn fill(&self, work: &Julia, start: usize, out: &mut [u32]) {
        let (xs, ys, limit) = (work.xs(), work.ys(), work.limit());
        clones::run(best::isa(), Escape { xs, ys, c: Julia::C, limit, start, out });
    }
}
