//! Sine, cosine, logarithm and exponential of whole vectors: one source for every width.
//!
//! A library function handles one number, with branches for every special case. Here a kernel handles the
//! plain arguments of all lanes without a branch and reports which lanes were plain; the few others (NaN,
//! infinities, huge arguments, arguments outside the domain) are passed to the standard library one by one.
//! So a special argument is right by construction, and costs as much as in the standard library.
//!
//! Each kernel reduces its argument to a short interval by an exact or doubled subtraction (Cody and Waite,
//! *Software Manual for the Elementary Functions*, 1980) and evaluates a minimax polynomial there (Remez, for
//! the least relative error). The coefficients were computed for this module with 300 bits. The schemes that
//! spend the last bits well are those of fdlibm (Ng, 1993).
//!
//! The stated errors are the largest found against results with 256 bits, rounded up. AVX2 and AVX-512
//! compute the same bits; SSE2 has no fused multiply-add and may differ in the last one. A lane's result does
//! not depend on its place, so any split of an array computes the same bits.

mod exponential;
mod logarithm;
mod trigonometric;

pub use self::exponential::Exponential;
pub use self::logarithm::Logarithm;
pub use self::trigonometric::{Cosine, Sine};

use crate::lanes::portable::Portable;
use crate::lanes::{Floats, Job, Lanes, MOST_LANES, Machine, Mask, Stores, zip};
use parallax_pattern::isa::Isa;
use std::marker::PhantomData;

/// Writes the sine of each `x` to `y`, at most 0.8 units in the last place off.
///
/// ```
/// use parallax_simd::math;
/// use parallax_pattern::isa::Isa;
///
/// let mut y = [0.0; 3];
/// math::sin(Isa::detect()?, &[0.0, 0.5, 1e300], &mut y);
/// assert_eq!(y[0], 0.0);
/// assert!((y[1] - 0.5f64.sin()).abs() < 1e-15);
/// # Ok::<(), parallax_pattern::No>(())
/// ```
///
/// # Panics
///
/// If the slices differ in length.
pub fn sin(isa: Isa, x: &[f64], y: &mut [f64]) {
    over::<Sine>(isa, x, y);
}

/// Writes the cosine of each `x` to `y`, at most 0.8 units in the last place off.
///
/// # Panics
///
/// If the slices differ in length.
pub fn cos(isa: Isa, x: &[f64], y: &mut [f64]) {
    over::<Cosine>(isa, x, y);
}

/// Writes the natural logarithm of each `x` to `y`, at most 0.85 units in the last place off.
///
/// # Panics
///
/// If the slices differ in length.
pub fn log(isa: Isa, x: &[f64], y: &mut [f64]) {
    over::<Logarithm>(isa, x, y);
}

/// Writes the exponential of each `x` to `y`, at most 0.9 units in the last place off.
///
/// # Panics
///
/// If the slices differ in length.
pub fn exp(isa: Isa, x: &[f64], y: &mut [f64]) {
    over::<Exponential>(isa, x, y);
}

/// A function in two forms: for vectors, and for any number.
pub trait Function {
    /// The function of all lanes, and the lanes for which the result is right.
    fn plain<L: Lanes>(x: Floats<L>) -> (Floats<L>, Mask<L>);

    /// The function of any number.
    fn number(x: f64) -> f64;
}

/// The function of all lanes, for any arguments. For use inside a kernel; for arrays see [`sin`] and the others.
#[inline(always)]
pub fn lanes<L: Lanes, F: Function>(x: Floats<L>) -> Floats<L> {
    let (y, plain) = F::plain(x);
    if plain.all() {
        return y;
    }
    let (mut numbers, mut values) = ([0.0; MOST_LANES], [0.0; MOST_LANES]);
    x.store(&mut numbers);
    y.store(&mut values);
    repair(&numbers[..L::LEN], &mut values, plain.bits(), F::number);
    x.loaded(&values)
}

/// Functions of all lanes, for any arguments.
impl<L: Lanes> Floats<L> {
    /// The sine.
    #[inline(always)]
    pub fn sin(self) -> Self {
        lanes::<L, Sine>(self)
    }
    /// The cosine.
    #[inline(always)]
    pub fn cos(self) -> Self {
        lanes::<L, Cosine>(self)
    }
    /// The natural logarithm.
    #[inline(always)]
    pub fn ln(self) -> Self {
        lanes::<L, Logarithm>(self)
    }
    /// The exponential.
    #[inline(always)]
    pub fn exp(self) -> Self {
        lanes::<L, Exponential>(self)
    }
}

fn over<F: Function>(isa: Isa, x: &[f64], y: &mut [f64]) {
    assert_eq!(x.len(), y.len(), "`y` must be as long as `x`");
    Portable::of(isa).run(Over(x, y, PhantomData::<F>));
}

struct Over<'a, F>(&'a [f64], &'a mut [f64], PhantomData<F>);

impl<F: Function> Job for Over<'_, F> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, l: L) {
        zip(
            l,
            Stores::Cached,
            [self.0],
            self.1,
            #[inline(always)]
            |[x]| lanes::<L, F>(x),
        );
    }
}

/// Out of line, so that the loop keeps its registers.
#[cold]
#[inline(never)]
fn repair(x: &[f64], y: &mut [f64], plain: u64, number: fn(f64) -> f64) {
    for (lane, (x, y)) in x.iter().zip(y).enumerate() {
        if (plain >> lane) & 1 == 0 {
            *y = number(*x);
        }
    }
}

/// `c[0] + c[1] z + c[2] z^2 + ...` by Horner's rule.
#[inline(always)]
fn polynomial<L: Lanes, const N: usize>(z: Floats<L>, c: [f64; N]) -> Floats<L> {
    let mut sum = z.all(c[N - 1]);
    for c in c[..N - 1].iter().rev() {
        sum = sum.mul_add(z, z.all(*c));
    }
    sum
}

/// `2^52 + 2^51`: adding it rounds a smaller number to an integer, which then fills the lowest bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
