//! Sine and cosine: subtract multiples of a quarter turn, then one of two polynomials.

use super::{Function, ROUND, polynomial};
use crate::lanes::{Floats, Lanes, Mask, Words};

/// The sine.
#[derive(Debug)]
pub struct Sine;

/// The cosine.
#[derive(Debug)]
pub struct Cosine;

impl Function for Sine {
    #[inline(always)]
    fn plain<L: Lanes>(x: Floats<L>) -> (Floats<L>, Mask<L>) {
        let (reduced, plain) = Reduced::new(x);
        // For tiny x the sine is x itself, which keeps the sign of zero.
        let tiny = x.abs().lt(x.all(TINY));
        (tiny.select(x, reduced.sine(0)), plain)
    }

    fn number(x: f64) -> f64 {
        x.sin()
    }
}

impl Function for Cosine {
    #[inline(always)]
    fn plain<L: Lanes>(x: Floats<L>) -> (Floats<L>, Mask<L>) {
        let (reduced, plain) = Reduced::new(x);
        (reduced.sine(1), plain)
    }

    fn number(x: f64) -> f64 {
        x.cos()
    }
}

/// Up to here the product of a 20-bit factor with [`QUARTER`] is exact.
const LARGE: f64 = 1_048_576.0;
/// 2^-27: below it, cancellation has removed too many of the stored bits of pi.
const TINY: f64 = 7.450_580_596_923_828e-9;
/// pi/2 in three parts, the first two of 33 bits: 119 bits in all.
const QUARTER: [f64; 3] = [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_795_950_6e-21];

/// `(sin r - r) / r^3` in powers of `r^2` for `|r| <= pi/4`; relative error of the sine 2^-57.9.
const SINE: [f64; 6] = [
    -0.166_666_666_666_666_3,
    0.008_333_333_333_322_113,
    -0.000_198_412_698_295_847_4,
    2.755_731_361_965_185_4e-6,
    -2.505_074_748_234_716_3e-8,
    1.589_621_343_041_669e-10,
];

/// `(cos r - 1 + r^2/2) / r^4` in powers of `r^2` for `|r| <= pi/4`; relative error of the cosine 2^-63.9.
const COSINE: [f64; 6] = [
    0.041_666_666_666_666_595,
    -0.001_388_888_888_887_304_7,
    2.480_158_728_884_635_7e-5,
    -2.755_731_417_772_29e-7,
    2.087_570_062_388_4e-9,
    -1.135_852_500_748_315_2e-11,
];

/// An argument as `turns * pi/2 + high + low`, with `low` within half a unit of the last place of `high`.
struct Reduced<L: Lanes> {
    high: Floats<L>,
    low: Floats<L>,
    /// The integer is in the lowest bits.
    turns: Words<L>,
}

impl<L: Lanes> Reduced<L> {
    /// Also returns the lanes in which the remainder has all its bits.
    #[inline(always)]
    fn new(x: Floats<L>) -> (Self, Mask<L>) {
        let rounded = x.mul_add(x.all(std::f64::consts::FRAC_2_PI), x.all(ROUND));
        let n = rounded - ROUND;
        // Exact: the product has 20 + 33 bits, and the difference is a multiple of the smaller last place.
        let first = x - n * QUARTER[0];
        // Knuth's two-sum computes the rounding error of this difference.
        let product = n * QUARTER[1];
        let second = first - product;
        let back = first - second;
        let lost = (first - (second + back)) + (back - product);
        let third = n.mul_add(n.all(QUARTER[2]), -lost);
        let high = second - third;
        let low = (second - high) - third;
        let bits_left = x.all(TINY).le(high.abs()) | x.abs().lt(x.all(TINY));
        let plain = x.abs().le(x.all(LARGE)) & bits_left;
        (Self { high, low, turns: rounded.bits() }, plain)
    }

    /// The sine of the argument plus `quarters * pi/2`.
    #[inline(always)]
    fn sine(self, quarters: u64) -> Floats<L> {
        let Self { high, low, turns } = self;
        let turns = turns + quarters;
        let z = high * high;
        let half = z * 0.5;

        let cubic = z * high;
        let tail = cubic.mul_add(polynomial(z, SINE), low.mul_add(-half, low));
        let sine = high + tail;

        // 1 - z/2 rounds; its rounding error is computed exactly and added with the rest.
        let head = -half + 1.0;
        let lost = (-head + 1.0) - half;
        let tail = (z * z).mul_add(polynomial(z, COSINE), lost) - high * low;
        let cosine = head + tail;

        let odd = (turns & 1).eq(turns.all(1));
        let sign = (turns & 2) << 62;
        (odd.select(cosine, sine).bits() ^ sign).float()
    }
}
