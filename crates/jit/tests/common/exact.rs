//! Results with more bits than an `f64`, to measure errors in units in the last place.

use astro_float_num::{BigFloat, Consts, RoundingMode};

/// Arithmetic with 256 bits, of which some ten may be wrong.
pub(crate) struct Exact(Consts);

const BITS: usize = 256;
const NEAREST: RoundingMode = RoundingMode::ToEven;

impl Exact {
    pub(crate) fn new() -> Self {
        Self(Consts::new().unwrap())
    }

    pub(crate) fn number(&self, x: f64) -> BigFloat {
        BigFloat::from_f64(x, BITS)
    }

    pub(crate) fn sin(&mut self, x: &BigFloat) -> BigFloat {
        x.sin(BITS, NEAREST, &mut self.0)
    }

    pub(crate) fn cos(&mut self, x: &BigFloat) -> BigFloat {
        x.cos(BITS, NEAREST, &mut self.0)
    }

    pub(crate) fn log(&mut self, x: &BigFloat) -> BigFloat {
        x.ln(BITS, NEAREST, &mut self.0)
    }

    pub(crate) fn exp(&mut self, x: &BigFloat) -> BigFloat {
        x.exp(BITS, NEAREST, &mut self.0)
    }

    pub(crate) fn sqrt(&self, x: &BigFloat) -> BigFloat {
        x.sqrt(BITS, NEAREST)
    }

    pub(crate) fn add(&self, x: &BigFloat, y: &BigFloat) -> BigFloat {
        x.add(y, BITS, NEAREST)
    }

    pub(crate) fn mul(&self, x: &BigFloat, y: &BigFloat) -> BigFloat {
        x.mul(y, BITS, NEAREST)
    }

    pub(crate) fn div(&self, x: &BigFloat, y: &BigFloat) -> BigFloat {
        x.div(y, BITS, NEAREST)
    }

    /// The distance of `got` from `exact`, in units in the last place of `got`.
    pub(crate) fn ulps(&self, got: f64, exact: &BigFloat) -> f64 {
        self.ulps_of(got, got, exact)
    }

    /// The distance of `got` from `exact`, in units in the last place of `scale`.
    pub(crate) fn ulps_of(&self, scale: f64, got: f64, exact: &BigFloat) -> f64 {
        let ulp = scale.abs().next_up() - scale.abs();
        leading(&exact.sub(&self.number(got), BITS, NEAREST)) / ulp
    }
}

/// The absolute value, to within 64 bits.
fn leading(x: &BigFloat) -> f64 {
    let Some((words, _, _, exponent, _)) = x.as_raw_parts() else { return f64::INFINITY };
    words.last().map_or(0.0, |word| *word as f64 * 2f64.powi(exponent - 64))
}
