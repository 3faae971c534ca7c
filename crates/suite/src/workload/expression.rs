//! Expressions known only at run time: the cost of compiling one, and the gain of fusing its operations.
//!
//! ```text
//! for i in range(n):
//!     result[i] = the expression on element i of each array it names,
//!                 such as a[i]*b[i] - 4.125*a[i] > 2.5*b[i]
//! ```
//!
//! The expressions are given as text with named arrays, as in numexpr (Cooke, Alted and others),
//! and as the plain loop that a programmer would write for them. Every operation rounds, so a
//! fused multiply-add gives other bits, except where the operands are small dyadic fractions and
//! products are exact ([`E4`](Expression), `E5`).

pub(super) mod comparison;

use super::{Evenness, Facts, Mismatch, Params, Size, Workload, cases, exact, known, sent_as_params, within};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::spread::Spread;
use parallax_pattern::Map;
use parallax_pattern::random::{at, seed};
use right::right;

mod right;

/// An expression over arrays of floats with float results: the cases `E2` to `E6`.
///
/// ```
/// use parallax_pattern::Map;
/// use parallax_suite::{Params, Size, Workload, workload::Expression};
/// let work = Expression::make(Params { case: 3, ..Params::of(Size::Tiny) });
/// assert_eq!(work.source(), "2*a + 3*b");
///
/// let mut out = work.output();
/// work.fill(0, &mut out);
/// let [(_, a), (_, b)] = work.arguments()[..] else { unreachable!() };
/// assert_eq!(out[7], 2.0 * a[7] + 3.0 * b[7]);
/// ```
pub struct Expression {
    params: Params,
    columns: Vec<Buffer<f64>>,
}

cases! {
    /// Which expression: the cases of [`Expression`].
    pub enum Formula {
        /// `cos(x**2 + y**2) / (1 + x**2 + y**2)`
        E2 = "E2",
        /// `((.25*x + .75)*x - 1.5)*x - 2`
        E3 = "E3",
        /// `a*b + c*d`
        E4 = "E4",
        /// `2*a + 3*b`
        E5 = "E5",
        /// `sin(a) + log(b*b + 1)*sqrt(c*c + 1)`
        E6 = "E6",
    }
}

impl Formula {
    /// The expression, in the notation of numexpr.
    pub const fn source(self) -> &'static str {
        match self {
            Formula::E2 => "cos(x**2 + y**2) / (1 + x**2 + y**2)",
            Formula::E3 => "((.25*x + .75)*x - 1.5)*x - 2",
            Formula::E4 => "a*b + c*d",
            Formula::E5 => "2*a + 3*b",
            Formula::E6 => "sin(a) + log(b*b + 1)*sqrt(c*c + 1)",
        }
    }

    /// The names of its arrays.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Formula::E2 => &["x", "y"],
            Formula::E3 => &["x"],
            Formula::E4 => &["a", "b", "c", "d"],
            Formula::E5 => &["a", "b"],
            Formula::E6 => &["a", "b", "c"],
        }
    }

    /// Operations per element; a call of a function counts as one.
    const fn flops(self) -> f64 {
        match self {
            Formula::E2 => 7.0,
            Formula::E3 => 6.0,
            Formula::E4 | Formula::E5 => 3.0,
            Formula::E6 => 9.0,
        }
    }
}

/// How many neighbouring elements to hand out together: 128 KiB of each array.
pub(super) const GRAIN: usize = 1 << 14;

/// How many elements the expressions over lists have: at least two, because an interval has two ends.
pub(super) fn length(params: Params) -> usize {
    params.count([1001, 100_000, 4_000_000, 4_000_000, 25_000_000]).max(2)
}

/// Element `i` of the random input, in 1024ths.
pub(super) const fn drawn(seed: u64, i: usize) -> i64 {
    (at(seed, i as u64) % 20480) as i64 - 10240
}

/// The side of the square grid of `E2`; odd, so that the origin is on it.
fn side(params: Params) -> usize {
    let odd_near = |points: u64| 2 * (((points as f64).sqrt() - 1.0) / 2.0).round().max(1.0) as usize + 1;
    params.units.map_or(params.size.of([31, 301, 2001, 2001, 5001]), odd_near)
}

fn count(params: Params) -> usize {
    match Formula::ALL[params.case] {
        Formula::E2 => side(params).pow(2),
        Formula::E3 | Formula::E4 | Formula::E5 | Formula::E6 => length(params),
    }
}

/// Point `k` of `n` between `-reach` and `reach`, both included.
fn point(reach: f64, k: usize, n: usize) -> f64 {
    2.0 * reach * k as f64 / (n - 1) as f64 - reach
}

impl Expression {
    /// Which expression it is.
    pub fn formula(&self) -> Formula {
        Formula::ALL[self.params.case]
    }

    /// The expression, in the notation of numexpr.
    pub fn source(&self) -> &str {
        self.formula().source()
    }

    /// The arrays by the names that the expression gives them, all of one length.
    pub fn arguments(&self) -> Vec<(&str, &[f64])> {
        self.formula().names().iter().copied().zip(self.columns.iter().map(|c| &c[..])).collect()
    }
}

impl Map for Expression {
    type Item = f64;
    fn len(&self) -> usize {
        count(self.params)
    }
    fn grain(&self) -> usize {
        GRAIN
    }
    /// The case is selected once, outside the loops.
    fn fill(&self, start: usize, out: &mut [f64]) {
        let end = start + out.len();
        let column = |q: usize| &self.columns[q][start..end];
        match self.formula() {
            Formula::E2 => {
                for ((z, x), y) in out.iter_mut().zip(column(0)).zip(column(1)) {
                    *z = (x * x + y * y).cos() / (1.0 + x * x + y * y);
                }
            }
            Formula::E3 => {
                for (z, x) in out.iter_mut().zip(column(0)) {
                    *z = ((0.25 * x + 0.75) * x - 1.5) * x - 2.0;
                }
            }
            Formula::E4 => {
                let pairs = column(0).iter().zip(column(1)).zip(column(2)).zip(column(3));
                for (z, (((a, b), c), d)) in out.iter_mut().zip(pairs) {
                    *z = a * b + c * d;
                }
            }
            Formula::E5 => {
                for ((z, a), b) in out.iter_mut().zip(column(0)).zip(column(1)) {
                    *z = 2.0 * a + 3.0 * b;
                }
            }
            Formula::E6 => {
                for (((z, a), b), c) in out.iter_mut().zip(column(0)).zip(column(1)).zip(column(2)) {
                    *z = a.sin() + (b * b + 1.0).ln() * (c * c + 1.0).sqrt();
                }
            }
        }
    }
}

/// Digests of the exact cases, solved by the reference. `E3` has no variants: its input is fixed.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (1, Size::Tiny, [0x69fc13286b384960, 0x69fc13286b384960, 0x69fc13286b384960, 0x69fc13286b384960]),
    (1, Size::Small, [0x53173e5942fd66cf, 0x53173e5942fd66cf, 0x53173e5942fd66cf, 0x53173e5942fd66cf]),
    (1, Size::Headline, [0xaeae9e7734f9c728, 0xaeae9e7734f9c728, 0xaeae9e7734f9c728, 0xaeae9e7734f9c728]),
    (1, Size::Medium, [0xaeae9e7734f9c728, 0xaeae9e7734f9c728, 0xaeae9e7734f9c728, 0xaeae9e7734f9c728]),
    (2, Size::Tiny, [0x72374f0587481c34, 0xf256db9b78417d00, 0x2f40895535a92d14, 0xaaacd9de7e9ea811]),
    (2, Size::Small, [0x8f857fa221a0140f, 0x5beb6b0580611865, 0x2997117705123266, 0x964ab14dcfaf2a01]),
    (2, Size::Headline, [0x124f1172abf211ea, 0x4f6df0de89a9c0d7, 0x95230d5eb8563b89, 0x86eefdf29109e44b]),
    (2, Size::Medium, [0x124f1172abf211ea, 0x4f6df0de89a9c0d7, 0x95230d5eb8563b89, 0x86eefdf29109e44b]),
    (3, Size::Tiny, [0xc29203f68c792b6c, 0xaf562d549102570e, 0x1b86c5b2611910d2, 0x1898dedbb9448c59]),
    (3, Size::Small, [0x4103da688f34348d, 0x84ca070e75a858a1, 0x19f4732a3b932f82, 0xd66c583b35abffb5]),
    (3, Size::Headline, [0xfc285c82faab27c8, 0x452aa97d89f1a8e3, 0x123203ea3e61578b, 0x1d7f6f4527d87c96]),
    (3, Size::Medium, [0xfc285c82faab27c8, 0x452aa97d89f1a8e3, 0x123203ea3e61578b, 0x1d7f6f4527d87c96]),
];

impl Workload for Expression {
    const NAME: &'static str = "expression";
    const NUMBER: u16 = 3;
    const SHOWS: &'static str = "expressions known only at run time; fusion";
    const PATTERN: &'static str = "map";
    const CASES: &'static [&'static str] = Formula::NAMES;
    const HEADLINE: &'static [&'static str] =
        &["rayon", "autovectorised", "portable", "portable+rayon", "ndarray-parallel", "c"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Buffer<f64>;

    fn make(params: Params) -> Self {
        let (n, seed) = (count(params), seed(Self::NUMBER, params.variant));
        let side = side(params);
        let formula = Formula::ALL[params.case];
        let element = |q: usize, i: usize| match formula {
            Formula::E2 => point(3.0, [i % side, i / side][q], side),
            Formula::E3 => point(1.0, i, n),
            Formula::E4 | Formula::E5 | Formula::E6 => drawn(seed, 4 * i + q) as f64 / 1024.0,
        };
        let columns = 0..formula.names().len();
        Expression { params, columns: columns.map(|q| Buffer::from_fn(n, |i| element(q, i))).collect() }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        8 * (Formula::ALL[params.case].names().len() + 1) as u64 * count(params) as u64
    }
    fn units(params: Params) -> Option<u64> {
        Some(count(params) as u64)
    }
    fn facts(&self) -> Facts {
        let (names, items) = (self.formula().names(), self.len() as f64);
        let (bytes, flops) = (8.0 * (names.len() + 1) as f64 * items, self.formula().flops() * items);
        Facts {
            items,
            unit: "elements".into(),
            bytes,
            flops,
            evenness: Evenness::Even,
            limits: vec![Bound::of(Rate::Triad, bytes), Bound::of(Rate::Fma, flops)],
            spread: Some(Spread::map(self).into()),
        }
    }
    fn output(&self) -> Buffer<f64> {
        Buffer::new(self.len())
    }
    fn reference(&self, out: &mut Buffer<f64>) {
        (0..self.len()).for_each(|i| out[i] = right(self.params, i).0);
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
    fn blind_bits(&self) -> u32 {
        match self.formula() {
            Formula::E2 => 4,
            Formula::E3 | Formula::E4 | Formula::E5 => 0,
            Formula::E6 => 6, // where the largest term is at most eight times the sum; the more it cancels, the more
        }
    }
    fn check(&self, got: &Buffer<f64>, expected: u64) -> Result<(), Mismatch> {
        if self.blind_bits() == 0 {
            exact(self, got, expected)
        } else {
            within(got, self.len(), |i| right(self.params, i))
        }
    }
}

sent_as_params!(Expression);

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(case: usize) -> (Expression, Buffer<f64>) {
        let work = Expression::make(Params { case, ..Params::of(Size::Tiny) });
        let mut out = work.output();
        work.fill(0, &mut out);
        (work, out)
    }

    #[test]
    fn the_largest_value_on_the_grid_is_at_the_origin() {
        let (work, out) = solved(0);
        let largest = out.iter().copied().fold(f64::MIN, f64::max);
        assert_eq!((largest, out[work.len() / 2]), (1.0, 1.0));
    }

    #[test]
    fn wrong_operators_are_rejected() {
        let wrong: [fn(&[f64]) -> f64; 5] = [
            |v| (v[0] * v[0] - v[1] * v[1]).cos() / (1.0 + v[0] * v[0] + v[1] * v[1]),
            |v| ((0.25 * v[0] + 0.75) * v[0] + 1.5) * v[0] - 2.0,
            |v| v[0] * v[1] - v[2] * v[3],
            |v| 2.0 * v[0] - 3.0 * v[1],
            |v| v[0].sin() + (v[1] * v[1] + 1.0).log10() * (v[2] * v[2] + 1.0).sqrt(),
        ];
        for (case, wrong) in wrong.into_iter().enumerate() {
            let (work, mut out) = solved(case);
            let expected = work.expected();
            assert_eq!(work.check(&out, expected), Ok(()));
            for (i, z) in out.iter_mut().enumerate() {
                let values: Vec<f64> = work.columns.iter().map(|column| column[i]).collect();
                *z = wrong(&values);
            }
            assert!(work.check(&out, expected).is_err(), "{}", work.source());
        }
    }

    #[test]
    fn every_argument_is_named_in_the_source_and_is_as_long_as_the_output() {
        for (case, formula) in Formula::ALL.iter().enumerate() {
            let (work, out) = solved(case);
            let arguments = work.arguments();
            assert_eq!(arguments.len(), formula.names().len());
            for (name, values) in arguments {
                assert!(work.source().contains(name) && values.len() == out.len(), "{name}");
            }
        }
    }
}
