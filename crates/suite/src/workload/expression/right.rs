//! The right results of an expression, computed from an element's index, independently of the kernel.

use super::{Expression, Formula, count, drawn, point, side};
use crate::workload::{Params, Workload};
use parallax_pattern::random::seed;

/// The right value of element `i`, from its index alone, and its tolerance.
///
/// The standard library's sine, cosine and logarithm are within one unit in the last place (ulp) of
/// the true value; the tolerances allow other libraries the same. Those of `E6` are ulps of the largest
/// term: a sum that cancels keeps the rounding errors of its terms.
pub(super) fn right(params: Params, i: usize) -> (f64, f64) {
    let (n, seed) = (count(params), seed(Expression::NUMBER, params.variant));
    let whole = |q: usize| drawn(seed, 4 * i + q);
    let scale = 1024.0;
    match Formula::ALL[params.case] {
        Formula::E2 => {
            let side = side(params);
            let [x, y] = [i % side, i / side].map(|k| point(3.0, k, side));
            let square = x * x + y * y;
            let value = square.sin_cos().1 / (square + 1.0);
            (value, 8.0 * ulp(value))
        }
        Formula::E3 => {
            let x = point(1.0, i, n);
            ([0.75, -1.5, -2.0].iter().fold(0.25, |sum, coefficient| sum * x + coefficient), 0.0)
        }
        Formula::E4 => ((whole(0) * whole(1) + whole(2) * whole(3)) as f64 / (scale * scale), 0.0),
        Formula::E5 => ((2 * whole(0) + 3 * whole(1)) as f64 / scale, 0.0),
        Formula::E6 => {
            let [a, b, c] = [0, 1, 2].map(|q| whole(q) as f64 / scale);
            let (sine, product) = (a.sin(), (b * b).ln_1p() * c.hypot(1.0));
            let value = sine + product;
            (value, 4.0 * ulp(value.abs().max(product).max(sine.abs())))
        }
    }
}

/// The distance from a number to the next larger one.
fn ulp(x: f64) -> f64 {
    x.abs().next_up() - x.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Size;
    use parallax_pattern::pieces;

    /// The sum of the reference in groups, so that rounding stays below the published digits.
    fn sum(case: usize, size: Size) -> f64 {
        let params = Params { case, ..Params::of(size) };
        pieces(count(params), 2000).map(|group| group.map(|i| right(params, i).0).sum::<f64>()).sum()
    }

    #[test]
    fn the_sums_are_the_published_ones() {
        for (size, published) in [(Size::Small, 2624.666583685), (Size::Medium, 117330.109144735)] {
            let relative = sum(0, size) / published - 1.0;
            assert!(relative.abs() < 1e-12, "E2 {size}: {relative:e}");
        }
        for (case, published) in
            [(1, -6999999.5), (2, -62016.581447), (3, 38198.926758), (4, 60250426.378732)]
        {
            let off = sum(case, Size::Medium) - published;
            let summed_plainly = 1e-13 * published.abs(); // what a sum from left to right loses
            assert!(off.abs() < 1e-6 + summed_plainly, "{}: {off:e}", Expression::CASES[case]);
        }
    }

    #[test]
    fn tolerance_ends_where_it_says() {
        for (case, allowed) in [(0, 8), (4, 4)] {
            let work = Expression::make(Params { case, ..Params::of(Size::Tiny) });
            let mut out = work.output();
            work.reference(&mut out);
            let largest = (0..out.len()).max_by(|&i, &j| out[i].total_cmp(&out[j])).unwrap();
            out[largest] = f64::from_bits(out[largest].to_bits() + allowed);
            assert_eq!(work.check(&out, 0), Ok(()));
            out[largest] = out[largest].next_up();
            assert!(work.check(&out, 0).is_err(), "{}", work.source());
        }
    }
}
