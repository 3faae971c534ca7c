//! The plain triad: any compiler vectorises it, and memory is the limit.

use crate::best;
use crate::clones::{self, Plain};
#[cfg(feature = "worker")]
use {super::Autovectorised, parallax_pattern::Pass, parallax_suite::workload::Stream};

/// As [`triad`](crate::triad()).
///
/// # Panics
///
/// If the slices differ in length.
pub fn triad(a: &mut [f64], b: &[f64], c: &[f64], s: f64) {
    assert!(a.len() == b.len() && a.len() == c.len(), "slices must have the same length");
    clones::run(best::isa(), Triad { a, b, c, s });
}

struct Triad<'a> {
    a: &'a mut [f64],
    b: &'a [f64],
    c: &'a [f64],
    s: f64,
}

impl Plain for Triad<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        for ((a, b), c) in self.a.iter_mut().zip(self.b).zip(self.c) {
            *a += b + self.s * c;
        }
    }
}

#[cfg(feature = "worker")]
impl Pass<Stream> for Autovectorised {
    const SOURCE: &'static str = file!();
    fn pass(&self, work: &Stream, start: usize, part: &mut [f64]) {
        let range = start..start + part.len();
        triad(part, &work.b()[range.clone()], &work.c()[range], 3.0);
    }
}
