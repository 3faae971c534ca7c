//! Truths from a mask: eight comparisons are one byte, and eight bytes are one word.
//!
//! A mask has a bit for each lane, and the output wants a byte for each. Multiplying a byte by
//! `0x0101_0101_0101_0101` copies it eight times; of the k-th copy bit k is kept, and moved down by a carry
//! into the top bit.

use crate::lanes::{Floats, Job, Lanes, Machine};
use parallax_pattern::Map;
use parallax_suite::workload::Comparison;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The truths of a comparison, eight at a time.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Truths<M: Machine> {
    machine: M,
    work: Arc<Comparison>,
}

impl<M: Machine> Truths<M> {
    /// The truths of `work`, by the vectors of `machine`.
    pub fn new(machine: M, work: &Arc<Comparison>) -> Self {
        Truths { machine, work: work.clone() }
    }
}

impl<M: Machine> Map for Truths<M> {
    type Item = u8;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [u8]) {
        let arguments = self.work.arguments();
        let column = |q: usize| &arguments[q].1[start..start + out.len()];
        self.machine.run(Piece { a: column(0), b: column(1), out });
    }
}

struct Piece<'a> {
    a: &'a [f64],
    b: &'a [f64],
    out: &'a mut [u8],
}

impl Job for Piece<'_> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let mut out = self.out.chunks_exact_mut(8);
        let (mut a, mut b) = (self.a.chunks_exact(8), self.b.chunks_exact(8));
        for ((out, a), b) in out.by_ref().zip(a.by_ref()).zip(b.by_ref()) {
            out.copy_from_slice(&bytes(eight(lanes, a, b)).to_le_bytes());
        }
        let (mut last_a, mut last_b) = ([0.0; 8], [0.0; 8]);
        last_a[..a.remainder().len()].copy_from_slice(a.remainder());
        last_b[..b.remainder().len()].copy_from_slice(b.remainder());
        let rest = out.into_remainder();
        rest.copy_from_slice(&bytes(eight(lanes, &last_a, &last_b)).to_le_bytes()[..rest.len()]);
    }
}

/// Eight truths, the first in the lowest bit.
#[inline(always)]
fn eight<L: Lanes>(lanes: L, a: &[f64], b: &[f64]) -> u64 {
    let mut bits = 0;
    for from in (0..8).step_by(L::LEN) {
        let [a, b] = Floats::load_each(lanes, [a, b], from);
        bits |= (b * 2.5).lt(a * b - a * 4.125).bits() << from;
    }
    bits
}

/// A byte of 0 or 1 for each of eight bits.
#[inline(always)]
fn bytes(bits: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let own = (bits * ONES) & 0x8040_2010_0804_0201;
    ((own + 0x7f * ONES) >> 7) & ONES
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_bit_becomes_its_byte() {
        for bits in 0..256u64 {
            let bytes = super::bytes(bits).to_le_bytes();
            assert!((0..8).all(|k| u64::from(bytes[k]) == (bits >> k) & 1), "{bits:#b}: {bytes:?}");
        }
    }
}
