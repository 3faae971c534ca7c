//! Memory bandwidth: vectors make fewer instructions of it, and the memory is as far away as before.
//!
//! A pass reads three arrays and writes one in place. The line that is written has just been read, so a
//! store past the caches would save nothing here.

use crate::lanes::{Floats, Job, Lanes, Machine};
use parallax_pattern::Sweep;
use parallax_suite::workload::Stream;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The passes of a triad onto an array.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Triad<M: Machine> {
    machine: M,
    work: Arc<Stream>,
}

impl<M: Machine> Triad<M> {
    /// The passes of `work`, by the vectors of `machine`.
    pub fn new(machine: M, work: &Arc<Stream>) -> Self {
        Triad { machine, work: work.clone() }
    }
}

impl<M: Machine> Sweep for Triad<M> {
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
        self.machine.run(Pass { a: part, b: &self.work.b()[range.clone()], c: &self.work.c()[range] });
    }
}

struct Pass<'a> {
    a: &'a mut [f64],
    b: &'a [f64],
    c: &'a [f64],
}

impl Job for Pass<'_> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let three = Floats::splat(lanes, 3.0);
        let mut a = self.a.chunks_exact_mut(L::LEN);
        let (mut b, mut c) = (self.b.chunks_exact(L::LEN), self.c.chunks_exact(L::LEN));
        for ((a, b), c) in a.by_ref().zip(b.by_ref()).zip(c.by_ref()) {
            let [x, y, z] = Floats::load_each(lanes, [&*a, b, c], 0);
            (x + z.mul_add(three, y)).store(a);
        }
        let (a, b, c) = (a.into_remainder(), b.remainder(), c.remainder());
        let [x, y, z] = Floats::load_some_each(lanes, [&*a, b, c]);
        (x + z.mul_add(three, y)).store_some(a);
    }
}
