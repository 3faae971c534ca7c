//! Fused loops, of which the compiler vectorises those without calls.
//!
//! `E2` and `E6` call functions of the standard library, which take one number at a time: a loop with a call is not
//! vectorised, for any instruction set.

use super::{cut, row};
use crate::best;
use crate::clones::{self, Plain};
#[cfg(feature = "worker")]
use {
    super::Autovectorised,
    parallax_pattern::Fill,
    parallax_suite::workload::{Expression, Formula},
};

/// Writes the value of a formula of the items of some columns, item by item.
///
/// The formula is compiled with the loop, so any closure works; if it calls a function that is not inlined, there are
/// no vectors.
///
/// ```
/// let (prices, amounts) = ([2.5, 4.0], [4.0, 1.0]);
/// let mut sums = [0.0; 2];
/// parallax_simd::autovectorised::evaluate(|[price, amount]| 1.25 * price * amount, [&prices, &amounts], &mut sums);
/// assert_eq!(sums, [12.5, 5.0]);
/// ```
///
/// # Panics
///
/// If a column is shorter than `out`.
pub fn evaluate<const N: usize>(formula: impl Fn([f64; N]) -> f64, columns: [&[f64]; N], out: &mut [f64]) {
    clones::run(best::isa(), Values { formula, columns, out });
}

struct Values<'a, F, const N: usize> {
    formula: F,
    columns: [&'a [f64]; N],
    out: &'a mut [f64],
}

impl<F: Fn([f64; N]) -> f64, const N: usize> Plain for Values<'_, F, N> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let columns = cut(self.columns, self.out.len());
        for (k, value) in self.out.iter_mut().enumerate() {
            *value = (self.formula)(row(columns, k));
        }
    }
}

#[cfg(feature = "worker")]
impl Fill<Expression> for Autovectorised {
    const SOURCE: &'static str = file!();
    /// The case is chosen once, outside the loops.
    fn fill(&self, work: &Expression, start: usize, out: &mut [f64]) {
        let (arguments, end) = (work.arguments(), start + out.len());
        let column = |q: usize| &arguments[q].1[start..end];
        match work.formula() {
            Formula::E2 => {
                evaluate(|[x, y]| (x * x + y * y).cos() / (1.0 + x * x + y * y), [0, 1].map(column), out);
            }
            Formula::E3 => evaluate(|[x]| ((0.25 * x + 0.75) * x - 1.5) * x - 2.0, [column(0)], out),
            Formula::E4 => evaluate(|[a, b, c, d]| a * b + c * d, [0, 1, 2, 3].map(column), out),
            Formula::E5 => evaluate(|[a, b]| 2.0 * a + 3.0 * b, [0, 1].map(column), out),
            Formula::E6 => evaluate(
                |[a, b, c]| a.sin() + (b * b + 1.0).ln() * (c * c + 1.0).sqrt(),
                [0, 1, 2].map(column),
                out,
            ),
        }
    }
}
