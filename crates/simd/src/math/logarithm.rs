//! The logarithm: take out the power of two, then a series in `(m - 1) / (m + 1)`.

use super::{Function, ROUND, polynomial};
use crate::lanes::{Floats, Lanes, Mask};

/// The natural logarithm.
#[derive(Debug)]
pub struct Logarithm;

/// `(log((1+s)/(1-s)) - 2s) / s^3` in powers of `s^2` for `|s| <= 0.1716`; relative error of the logarithm
/// 2^-59.5.
const SERIES: [f64; 7] = [
    0.666_666_666_666_673_4,
    0.399_999_999_994_139_65,
    0.285_714_287_425_610_56,
    0.222_221_985_539_626_58,
    0.181_835_653_943_663_83,
    0.153_140_215_360_098_28,
    0.147_962_562_189_674_74,
];

/// log 2 in two parts, the first of 32 bits: a multiple of it with an exponent is exact.
const LOG_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];

const SQRT_HALF_BITS: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
const ONE_BITS: u64 = 1.0f64.to_bits();

impl Function for Logarithm {
    #[inline(always)]
    fn plain<L: Lanes>(x: Floats<L>) -> (Floats<L>, Mask<L>) {
        // x = 2^k m with m from sqrt(1/2) to sqrt(2), so that x near 1 has k = 0 and keeps its bits.
        let bits = x.bits();
        let exponent = (bits + (ONE_BITS - SQRT_HALF_BITS)) >> 52;
        let m = (bits - (exponent << 52) + ONE_BITS).float();
        let k = (exponent + (ROUND.to_bits() - 1023)).float() - ROUND;

        // log m = f - (f^2/2 - s (f^2/2 + series)), where only the first term is not small.
        let f = m - 1.0;
        let s = f / (f + 2.0);
        let z = s * s;
        let half = f * f * 0.5;
        let series = z * polynomial(z, SERIES);
        let small = s.mul_add(half + series, k * LOG_2[1]);
        let value = k.mul_add(k.all(LOG_2[0]), -((half - small) - f));

        let plain = x.all(f64::MIN_POSITIVE).le(x) & x.lt(x.all(f64::INFINITY));
        (value, plain)
    }

    fn number(x: f64) -> f64 {
        x.ln()
    }
}
