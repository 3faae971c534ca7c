//! The exponential: take out the power of two, then a series around zero.

use super::{Function, ROUND, polynomial};
use crate::lanes::{Floats, Lanes, Mask};

/// The exponential.
#[derive(Debug)]
pub struct Exponential;

/// `(exp r - 1 - r) / r^2` in powers of `r` for `|r| <= log(2)/2`; relative error of the exponential 2^-64.
const SERIES: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_82,
    0.041_666_666_666_666_11,
    0.008_333_333_333_317_226,
    0.001_388_888_888_911_259_3,
    0.000_198_412_698_959_834_45,
    2.480_158_692_972_171e-5,
    2.755_723_520_798_095e-6,
    2.755_758_058_603_126e-7,
    2.511_193_016_784_739e-8,
    2.082_675_307_876_354_5e-9,
];

/// log 2 in two parts, the first of 32 bits.
const LOG_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];

/// Up to here the result and its power of two are normal numbers.
const LARGE: f64 = 708.0;

impl Function for Exponential {
    #[inline(always)]
    fn plain<L: Lanes>(x: Floats<L>) -> (Floats<L>, Mask<L>) {
        // x = k log 2 + r, the remainder as high - low.
        let rounded = x.mul_add(x.all(std::f64::consts::LOG2_E), x.all(ROUND));
        let k = rounded - ROUND;
        let high = x - k * LOG_2[0];
        let low = k * LOG_2[1];
        let r = high - low;
        let lost = (high - r) - low;

        let tail = (r * r).mul_add(polynomial(r, SERIES), lost);
        let value = ((r + tail) + 1.0).bits();
        // The lowest bits of `rounded` are k: moved up, they count in the exponent.
        let scale = rounded.bits() << 52;
        ((value + scale).float(), x.abs().le(x.all(LARGE)))
    }

    fn number(x: f64) -> f64 {
        x.exp()
    }
}
