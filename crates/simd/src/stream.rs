//! Memory bandwidth: vectors reduce the instructions, but not the traffic.
//!
//! A pass reads three arrays and overwrites one of them. The line that is written has just been read, so a
//! store past the caches would save nothing here.

use crate::best;
use crate::lanes::{Floats, Job, Lanes};
#[cfg(feature = "worker")]
use crate::{Packed, lanes::Machine};
#[cfg(feature = "worker")]
use {parallax_pattern::Pass, parallax_suite::workload::Stream};

/// Adds `b + s * c` to `a`, item by item.
///
/// An item costs two operations and, outside the caches, 32 bytes of memory traffic: there the memory's
/// bandwidth is the limit.
///
/// ```
/// let mut balance = [100.0, 200.0, 300.0];
/// parallax_simd::triad(&mut balance, &[1.0, 2.0, 3.0], &[10.0, 20.0, 30.0], 0.5);
/// assert_eq!(balance, [106.0, 212.0, 318.0]);
/// ```
///
/// # Panics
///
/// If the slices differ in length.
pub fn triad(a: &mut [f64], b: &[f64], c: &[f64], s: f64) {
    best::run(Triad { a, b, c, s });
}

/// The triad for the vectors of any machine.
struct Triad<'a> {
    a: &'a mut [f64],
    b: &'a [f64],
    c: &'a [f64],
    s: f64,
}

impl Job for Triad<'_> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        assert!(self.a.len() == self.b.len() && self.a.len() == self.c.len(), "slices must have one length");
        let s = Floats::splat(lanes, self.s);
        let mut a = self.a.chunks_exact_mut(L::LEN);
        let (mut b, mut c) = (self.b.chunks_exact(L::LEN), self.c.chunks_exact(L::LEN));
        for ((a, b), c) in a.by_ref().zip(b.by_ref()).zip(c.by_ref()) {
            let [x, y, z] = Floats::load_each(lanes, [&*a, b, c], 0);
            (x + z.mul_add(s, y)).store(a);
        }
        let (a, b, c) = (a.into_remainder(), b.remainder(), c.remainder());
        let [x, y, z] = Floats::load_some_each(lanes, [&*a, b, c]);
        (x + z.mul_add(s, y)).store_some(a);
    }
}

#[cfg(feature = "worker")]
impl<M: Machine> Pass<Stream> for Packed<M> {
    const SOURCE: &'static str = file!();
    fn pass(&self, work: &Stream, start: usize, part: &mut [f64]) {
        let range = start..start + part.len();
        self.machine.run(Triad { a: part, b: &work.b()[range.clone()], c: &work.c()[range], s: 3.0 });
    }
}
