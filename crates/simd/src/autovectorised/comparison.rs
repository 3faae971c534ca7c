//! Results of comparisons as bytes: the compiler finds by itself how to narrow a mask.

use super::{cut, row};
use crate::best;
use crate::clones::{self, Plain};
#[cfg(feature = "worker")]
use {super::Autovectorised, parallax_pattern::Fill, parallax_suite::workload::Comparison};

/// Writes 1 where a condition holds on the items of some columns, and 0 elsewhere.
///
/// ```
/// let (widths, heights) = ([1.0, 2.0, 3.0], [2.0, 3.0, 1.5]);
/// let mut large = [0; 3];
/// parallax_simd::autovectorised::compare(|[w, h]| w * h > 5.0, [&widths, &heights], &mut large);
/// assert_eq!(large, [0, 1, 0]);
/// ```
///
/// # Panics
///
/// If the length of a column differs from that of `out`.
pub fn compare<const N: usize>(holds: impl Fn([f64; N]) -> bool, columns: [&[f64]; N], out: &mut [u8]) {
    assert!(columns.iter().all(|column| column.len() == out.len()), "columns must be as long as the output");
    clones::run(best::isa(), Truths { holds, columns, out });
}

struct Truths<'a, F, const N: usize> {
    holds: F,
    columns: [&'a [f64]; N],
    out: &'a mut [u8],
}

impl<F: Fn([f64; N]) -> bool, const N: usize> Plain for Truths<'_, F, N> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let columns = cut(self.columns, self.out.len());
        for (k, truth) in self.out.iter_mut().enumerate() {
            *truth = u8::from((self.holds)(row(columns, k)));
        }
    }
}

#[cfg(feature = "worker")]
impl Fill<Comparison> for Autovectorised {
    const SOURCE: &'static str = file!();
    fn fill(&self, work: &Comparison, start: usize, out: &mut [u8]) {
        let arguments = work.arguments();
        let columns = [0, 1].map(|q: usize| &arguments[q].1[start..start + out.len()]);
        compare(|[a, b]| a * b - 4.125 * a > 2.5 * b, columns, out);
    }
}
