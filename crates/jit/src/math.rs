//! Sine, cosine, logarithm and exponential of whole vectors: one text for every width.
//!
//! A library function handles one number with branches for every special case. Here a kernel handles the
//! plain arguments of all lanes without a branch and says which lanes were plain; the few others (NaN,
//! infinities, huge arguments, what lies out of the domain) are given to the standard library one by one. So
//! a special argument is right by construction, and costs what it costs there.
//!
//! Each kernel reduces its argument to a short interval by an exact or doubled subtraction (Cody and Waite,
//! *Software Manual for the Elementary Functions*, 1980) and evaluates a minimax polynomial there (Remez, for
//! the least relative error). The coefficients were computed for this file with 300 bits. The schemes that
//! spend the last bits well are those of fdlibm (Ng, 1993).
//!
//! The stated errors are the largest found against results with 256 bits, rounded up. AVX2 and AVX-512 give
//! the same bits; SSE2 has no fused multiply-add and may differ in the last one. What a lane gives does not
//! depend on its place, so any split of an array gives the same bits.

mod exponential;
mod logarithm;
mod trigonometric;

use fearless_simd::{Level, Simd, dispatch, prelude::*};

pub(crate) use self::exponential::Exponential;
pub(crate) use self::logarithm::Logarithm;
pub(crate) use self::trigonometric::{Cosine, Sine};

use crate::Isa;
use crate::level::level;

/// Writes the sine of each `x` to `y`, at most 0.8 units in the last place off.
///
/// ```
/// use parallax_jit::{Isa, math};
///
/// let mut y = [0.0; 3];
/// math::sin(Isa::detect()?, &[0.0, 0.5, 1e300], &mut y);
/// assert_eq!(y[0], 0.0);
/// assert!((y[1] - 0.5f64.sin()).abs() < 1e-15);
/// # Ok::<(), parallax_jit::Error>(())
/// ```
///
/// # Panics
///
/// If the slices differ in length.
pub fn sin(isa: Isa, x: &[f64], y: &mut [f64]) {
    over::<Sine>(level(isa), x, y);
}

/// Writes the cosine of each `x` to `y`, at most 0.8 units in the last place off.
///
/// # Panics
///
/// If the slices differ in length.
pub fn cos(isa: Isa, x: &[f64], y: &mut [f64]) {
    over::<Cosine>(level(isa), x, y);
}

/// Writes the natural logarithm of each `x` to `y`, at most 0.85 units in the last place off.
///
/// # Panics
///
/// If the slices differ in length.
pub fn log(isa: Isa, x: &[f64], y: &mut [f64]) {
    over::<Logarithm>(level(isa), x, y);
}

/// Writes the exponential of each `x` to `y`, at most 0.9 units in the last place off.
///
/// # Panics
///
/// If the slices differ in length.
pub fn exp(isa: Isa, x: &[f64], y: &mut [f64]) {
    over::<Exponential>(level(isa), x, y);
}

/// A function in two forms.
pub(crate) trait Function {
    /// The function of all lanes, and the lanes for which that is right.
    fn plain<S: Simd>(simd: S, x: S::f64s) -> (S::f64s, S::mask64s);

    /// The function of any number.
    fn number(x: f64) -> f64;
}

/// The function of all lanes.
#[inline(always)]
pub(crate) fn lanes<S: Simd, F: Function>(simd: S, x: S::f64s) -> S::f64s {
    let (y, plain) = F::plain(simd, x);
    if plain.all_true() {
        return y;
    }
    let (x, mut y) = (x.to_array(), y.to_array());
    repair(x.as_ref(), y.as_mut(), plain.to_bitmask(), F::number);
    S::f64s::load_array(simd, y)
}

/// Writes the function of each `x` to `y`.
pub(crate) fn over<F: Function>(level: Level, x: &[f64], y: &mut [f64]) {
    assert_eq!(x.len(), y.len(), "one result for each argument");
    dispatch!(level, simd => each::<_, F>(simd, x, y));
}

#[inline(always)]
fn each<S: Simd, F: Function>(simd: S, x: &[f64], y: &mut [f64]) {
    let whole = x.len() - x.len() % S::f64s::LEN;
    let (x, x_rest) = x.split_at(whole);
    let (y, y_rest) = y.split_at_mut(whole);
    for (x, y) in x.chunks_exact(S::f64s::LEN).zip(y.chunks_exact_mut(S::f64s::LEN)) {
        lanes::<S, F>(simd, S::f64s::from_slice(simd, x)).store_slice(y);
    }
    if !x_rest.is_empty() {
        // The same code for the rest, in a vector filled up with a plain argument.
        let mut last = S::f64s::simd_from(simd, 1.0);
        last.as_mut_slice()[..x_rest.len()].copy_from_slice(x_rest);
        y_rest.copy_from_slice(&lanes::<S, F>(simd, last).as_slice()[..x_rest.len()]);
    }
}

/// Out of line, so that the loop keeps its registers.
#[cold]
#[inline(never)]
fn repair(x: &[f64], y: &mut [f64], plain: u64, number: fn(f64) -> f64) {
    for (lane, (x, y)) in x.iter().zip(y).enumerate() {
        if plain >> lane & 1 == 0 {
            *y = number(*x);
        }
    }
}

/// `c[0] + c[1] z + c[2] z^2 + ...` by Horner's rule.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, z: S::f64s, c: [f64; N]) -> S::f64s {
    let mut sum = S::f64s::simd_from(simd, c[N - 1]);
    for c in c[..N - 1].iter().rev() {
        sum = sum.mul_add(z, *c);
    }
    sum
}

/// `2^52 + 2^51`: adding it rounds a smaller number to an integer, which then fills the lowest bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
