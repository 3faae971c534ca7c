//! The trait of numbers for kernels in both precisions: a number takes a lane of 64 bits or half of one.

use super::Lanes;
use std::fmt::Debug;
use std::ops::{Add, Mul};

/// A number that vectors hold: `f64` or `f32`. [`Floats`](super::Floats) are for kernels in double precision only.
///
/// ```
/// use parallax_simd::lanes::{Job, Lanes, Machine, Number, portable::Portable};
/// use parallax_pattern::isa::Isa;
///
/// /// Adds a number to a vector of others.
/// struct Plus<'a, T>(&'a mut [T], T);
/// impl<T: Number> Job for Plus<'_, T> {
///     type Out = usize;
///     #[inline(always)]
///     fn on<L: Lanes>(self, lanes: L) -> usize {
///         let sum = T::plus(lanes, T::load(lanes, self.0), T::splat(lanes, self.1));
///         T::store(lanes, self.0, sum);
///         T::count::<L>()
///     }
/// }
/// let (mut single, mut double) = ([1f32; 16], [1f64; 16]);
/// let machine = Portable::for_isa(Isa::detect()?).unwrap();
/// let counts = [machine.run(Plus(&mut single, 0.5)), machine.run(Plus(&mut double, 0.5))];
/// assert_eq!(counts[0], 2 * counts[1]);
/// assert!(single[..counts[0]].iter().all(|&x| x == 1.5));
/// # Ok::<(), parallax_pattern::No>(())
/// ```
#[expect(missing_docs, reason = "each does to every number what its name says")]
pub trait Number:
    Copy + Debug + Default + PartialEq + Add<Output = Self> + Mul<Output = Self> + Send + Sync + 'static
{
    /// A vector of them.
    type Vector<L: Lanes>: Copy;
    /// The number of them in a vector.
    fn count<L: Lanes>() -> usize;
    fn splat<L: Lanes>(lanes: L, x: Self) -> Self::Vector<L>;
    /// The first numbers.
    fn load<L: Lanes>(lanes: L, from: &[Self]) -> Self::Vector<L>;
    fn store<L: Lanes>(lanes: L, to: &mut [Self], x: Self::Vector<L>);
    fn plus<L: Lanes>(lanes: L, x: Self::Vector<L>, y: Self::Vector<L>) -> Self::Vector<L>;
    /// `x * y + z`, rounded once where the processor can.
    fn mul_add<L: Lanes>(
        lanes: L,
        x: Self::Vector<L>,
        y: Self::Vector<L>,
        z: Self::Vector<L>,
    ) -> Self::Vector<L>;
}

macro_rules! number {
    ($number:ty, $vector:ident, $count:expr, [$splat:ident $load:ident $store:ident $add:ident $mul_add:ident]) => {
        impl Number for $number {
            type Vector<L: Lanes> = L::$vector;
            #[inline(always)]
            fn count<L: Lanes>() -> usize {
                $count * L::LEN
            }
            #[inline(always)]
            fn splat<L: Lanes>(lanes: L, x: Self) -> L::$vector {
                lanes.$splat(x)
            }
            #[inline(always)]
            fn load<L: Lanes>(lanes: L, from: &[Self]) -> L::$vector {
                lanes.$load(from)
            }
            #[inline(always)]
            fn store<L: Lanes>(lanes: L, to: &mut [Self], x: L::$vector) {
                lanes.$store(to, x);
            }
            #[inline(always)]
            fn plus<L: Lanes>(lanes: L, x: L::$vector, y: L::$vector) -> L::$vector {
                lanes.$add(x, y)
            }
            #[inline(always)]
            fn mul_add<L: Lanes>(lanes: L, x: L::$vector, y: L::$vector, z: L::$vector) -> L::$vector {
                lanes.$mul_add(x, y, z)
            }
        }
    };
}
number!(f64, F64, 1, [splat load store add mul_add]);
number!(f32, F32, 2, [splat32 load32 store32 add32 mul_add32]);
