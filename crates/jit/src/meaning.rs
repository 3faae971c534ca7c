//! The definition of every operator: a backend is right when it computes these bits.
//!
//! `**` with a small integer is multiplication. Every other operator is defined by Rust's standard library.
//! A NaN equals any other NaN: Rust and the processor leave open which of two payloads survives an
//! addition, so no backend promises one.

/// An operator of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Unary {
    Negate,
    Absolute,
    Root,
    Sine,
    Cosine,
    Logarithm,
    Exponential,
}

impl Unary {
    #[inline(always)]
    pub(crate) fn apply(self, x: f64) -> f64 {
        match self {
            Self::Negate => -x,
            Self::Absolute => x.abs(),
            Self::Root => x.sqrt(),
            Self::Sine => x.sin(),
            Self::Cosine => x.cos(),
            Self::Logarithm => x.ln(),
            Self::Exponential => x.exp(),
        }
    }
}

/// An operator of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Minimum,
    Maximum,
}

impl Binary {
    #[inline(always)]
    pub(crate) fn apply(self, x: f64, y: f64) -> f64 {
        match self {
            Self::Add => x + y,
            Self::Subtract => x - y,
            Self::Multiply => x * y,
            Self::Divide => x / y,
            Self::Power => x.powf(y),
            Self::Minimum => minimum(x, y),
            Self::Maximum => maximum(x, y),
        }
    }

    /// Whether swapping the operands changes no bit.
    pub(crate) fn commutes(self) -> bool {
        matches!(self, Self::Add | Self::Multiply | Self::Minimum | Self::Maximum)
    }
}

/// A comparison of two numbers; with a NaN only `!=` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

impl Comparison {
    #[inline(always)]
    pub(crate) fn apply(self, x: f64, y: f64) -> bool {
        match self {
            Self::Less => x < y,
            Self::LessEqual => x <= y,
            Self::Greater => x > y,
            Self::GreaterEqual => x >= y,
            Self::Equal => x == y,
            Self::NotEqual => x != y,
        }
    }
}

/// An operator of two conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Logic {
    And,
    Or,
}

impl Logic {
    #[inline(always)]
    pub(crate) fn apply(self, x: bool, y: bool) -> bool {
        match self {
            Self::And => x & y,
            Self::Or => x | y,
        }
    }
}

/// The smaller number; NaN if one is NaN, as in NumPy; `-0` is smaller than `0`.
///
/// `f64::min` would drop the NaN. Selections instead of branches, so that loops over it vectorise.
#[inline(always)]
pub(crate) fn minimum(x: f64, y: f64) -> f64 {
    let equal = f64::from_bits(x.to_bits() | y.to_bits());
    let ordered = if x < y { x } else { y };
    let ordered = if x == y { equal } else { ordered };
    if x.is_nan() | y.is_nan() { x + y } else { ordered }
}

/// The larger number; NaN if one is NaN; `0` is larger than `-0`.
#[inline(always)]
pub(crate) fn maximum(x: f64, y: f64) -> f64 {
    let equal = f64::from_bits(x.to_bits() & y.to_bits());
    let ordered = if x > y { x } else { y };
    let ordered = if x == y { equal } else { ordered };
    if x.is_nan() | y.is_nan() { x + y } else { ordered }
}

/// The largest exponent that is expanded into multiplications.
pub(crate) const MAX_RAISE: u32 = 16;

/// `x**n` by multiplications, from the top bit of `n` down: at most 6, and a division if `n` is negative.
///
/// Each rounds once, and a squaring doubles the relative error of its operand, so the result is within
/// `|n|` units in the last place (`x**2` within half a unit: it is `x*x`). If a power overflows, the
/// negative one is zero. `powf` would be within one unit, and some twenty times slower.
///
/// Generic in the product, so that the same chain computes numbers here and emits instructions elsewhere.
///
/// # Panics
///
/// If `n` is 0.
pub(crate) fn raise<T: Copy>(x: T, n: u32, mut multiply: impl FnMut(T, T) -> T) -> T {
    let mut power = x;
    for bit in (0..n.ilog2()).rev() {
        power = multiply(power, power);
        if n >> bit & 1 == 1 {
            power = multiply(power, x);
        }
    }
    power
}

/// [`raise`] of a number.
pub(crate) fn raised(x: f64, n: i32) -> f64 {
    let power = raise(x, n.unsigned_abs(), |a, b| a * b);
    if n < 0 { 1.0 / power } else { power }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimum_and_maximum_order_zeros_and_keep_nan() {
        assert_eq!(minimum(0.0, -0.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!(minimum(-0.0, 0.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!(maximum(0.0, -0.0).to_bits(), 0.0f64.to_bits());
        assert_eq!(maximum(-0.0, -0.0).to_bits(), (-0.0f64).to_bits());
        for (x, y) in [(f64::NAN, 1.0), (1.0, f64::NAN), (f64::NAN, f64::INFINITY)] {
            assert!(minimum(x, y).is_nan() && maximum(x, y).is_nan());
        }
        assert_eq!((minimum(1.0, 2.0), maximum(1.0, 2.0)), (1.0, 2.0));
        assert_eq!((minimum(-1.0, f64::INFINITY), maximum(2.0, f64::NEG_INFINITY)), (-1.0, 2.0));
    }

    #[test]
    fn small_powers_are_near_the_library_and_squares_are_exact() {
        let x = 1.1f64;
        assert_eq!(raised(x, 2).to_bits(), (x * x).to_bits());
        for n in (-16..=16).filter(|n| *n != 0) {
            let (want, got) = (x.powi(n), raised(x, n));
            assert!((got - want).abs() <= want * f64::EPSILON * 16.0, "{n}: {got} {want}");
        }
    }

    #[test]
    fn a_power_takes_the_stated_number_of_multiplications() {
        let counts = [2, 3, 15, 16].map(|n| {
            let mut count = 0;
            raise(1.0, n, |a, b| {
                count += 1;
                a * b
            });
            count
        });
        assert_eq!(counts, [1, 2, 6, 4]);
    }
}
