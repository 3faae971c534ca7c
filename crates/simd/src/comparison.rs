//! Results of comparisons from a mask: eight comparisons are one byte, and eight bytes are one word.
//!
//! A mask has a bit for each lane, and the output needs a byte for each. Multiplying a byte by `0x0101_0101_0101_0101`
//! copies it eight times; of the k-th copy bit k is kept, and moved down by a carry into the top bit.

use crate::best;
use crate::lanes::{Floats, Job, Lanes, Mask, prefetch_ahead};
#[cfg(feature = "worker")]
use crate::{Packed, lanes::Machine};
#[cfg(feature = "worker")]
use {parallax_pattern::Fill, parallax_suite::workload::Comparison};

/// How far ahead memory is prefetched, in numbers: a page. Processors prefetch by themselves, but not across
/// pages, and this loop has almost nothing to do but wait for memory.
const AHEAD: usize = 512;

/// A condition on `N` numbers, for vectors of any width.
pub trait Condition<const N: usize> {
    /// The lanes where it holds. Mark it `#[inline(always)]`, or the compiler may not compile it for the vectors.
    fn holds<L: Lanes>(&self, columns: [Floats<L>; N]) -> Mask<L>;
}

/// Writes 1 where a condition holds on the items of some columns, and 0 elsewhere.
///
/// ```
/// use parallax_simd::lanes::{Floats, Lanes, Mask};
/// use parallax_simd::{Condition, compare};
///
/// /// Which rectangles are larger than this.
/// struct Larger(f64);
/// impl Condition<2> for Larger {
///     #[inline(always)]
///     fn holds<L: Lanes>(&self, [width, height]: [Floats<L>; 2]) -> Mask<L> {
///         width.all(self.0).lt(width * height)
///     }
/// }
///
/// let mut large = [0; 3];
/// compare(Larger(5.0), [&[1.0, 2.0, 3.0], &[2.0, 3.0, 1.5]], &mut large);
/// assert_eq!(large, [0, 1, 0]);
/// ```
///
/// # Panics
///
/// If the length of a column differs from that of `out`.
pub fn compare<const N: usize>(condition: impl Condition<N>, columns: [&[f64]; N], out: &mut [u8]) {
    best::run(Truths { condition, columns, out });
}

/// The comparison for the vectors of any machine.
struct Truths<'a, C, const N: usize> {
    condition: C,
    columns: [&'a [f64]; N],
    out: &'a mut [u8],
}

impl<C: Condition<N>, const N: usize> Job for Truths<'_, C, N> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let Truths { condition, mut columns, out } = self;
        for column in &mut columns {
            assert_eq!(column.len(), out.len(), "columns must be as long as the output");
        }
        let mut whole = out.chunks_exact_mut(8);
        let mut at = 0;
        for out in whole.by_ref() {
            let mut eight = [&[][..]; N];
            for (eight, column) in eight.iter_mut().zip(columns) {
                prefetch_ahead(column, at + AHEAD);
                *eight = &column[at..at + 8];
            }
            out.copy_from_slice(&bytes(bits(lanes, &condition, eight)).to_le_bytes());
            at += 8;
        }
        let rest = whole.into_remainder();
        let mut padded = [[0.0; 8]; N];
        let mut last = [&[][..]; N];
        for ((last, padded), column) in last.iter_mut().zip(&mut padded).zip(columns) {
            padded[..rest.len()].copy_from_slice(&column[at..]);
            *last = padded;
        }
        rest.copy_from_slice(&bytes(bits(lanes, &condition, last)).to_le_bytes()[..rest.len()]);
    }
}

/// Eight results, the first in the lowest bit.
#[inline(always)]
fn bits<L: Lanes, const N: usize>(lanes: L, condition: &impl Condition<N>, columns: [&[f64]; N]) -> u64 {
    let mut bits = 0;
    for from in (0..8).step_by(L::LEN) {
        bits |= condition.holds(Floats::load_each(lanes, columns, from)).bits() << from;
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

/// The suite's condition: `a*b - 4.125*a > 2.5*b`.
#[cfg(feature = "worker")]
struct E1;

#[cfg(feature = "worker")]
impl Condition<2> for E1 {
    #[inline(always)]
    fn holds<L: Lanes>(&self, [a, b]: [Floats<L>; 2]) -> Mask<L> {
        (b * 2.5).lt(a * b - a * 4.125)
    }
}

#[cfg(feature = "worker")]
impl<M: Machine> Fill<Comparison> for Packed<M> {
    const SOURCE: &'static str = file!();
    fn fill(&self, work: &Comparison, start: usize, out: &mut [u8]) {
        let arguments = work.arguments();
        let columns = [0, 1].map(|q: usize| &arguments[q].1[start..start + out.len()]);
        self.machine.run(Truths { condition: E1, columns, out });
    }
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
