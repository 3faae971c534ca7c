//! Arrays that the compiler puts into one register, for architectures without code of their own.
//!
//! AArch64 is one of them: its baseline has 32 registers of 128 bits and a fused multiply-add, and LLVM makes vectors of
//! these arrays there.

use super::{Vector, Vectors};

/// The baseline assumed of every architecture other than x86-64: vectors of 128 bits.
pub(crate) struct Baseline;

impl Vectors for Baseline {
    type Doubles = Array<f64, 2>;
    type Singles = Array<f32, 4>;
    type Integers = u64;
}

/// `N` numbers side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Array<T, const N: usize>([T; N]);

/// The methods of an array of `$lane`, whose own methods have no trait in common.
macro_rules! array {
    ($lane:ty) => {
        impl<const N: usize> Vector for Array<$lane, N> {
            type Lane = $lane;
            const LANES: usize = N;
            #[inline(always)]
            // SAFETY: arithmetic requires nothing of its caller here; the trait's signature does, for other types.
            unsafe fn splat(x: $lane) -> Self {
                Array([x; N])
            }
            #[inline(always)]
            unsafe fn load(from: *const $lane) -> Self {
                // SAFETY: the caller's pointer is to as many numbers.
                Array(unsafe { from.cast::<[$lane; N]>().read() })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $lane) {
                // SAFETY: the caller's pointer is to as many numbers.
                unsafe { to.cast::<[$lane; N]>().write(self.0) }
            }
            #[inline(always)]
            unsafe fn stream(self, to: *mut $lane) {
                // SAFETY: the caller's pointer is to as many numbers.
                unsafe { self.store(to) }
            }
            #[inline(always)]
            // SAFETY: as for `splat`.
            unsafe fn add(self, other: Self) -> Self {
                Array(std::array::from_fn(|k| self.0[k] + other.0[k]))
            }
            #[inline(always)]
            // SAFETY: as for `splat`.
            unsafe fn mul_add(self, factor: Self, summand: Self) -> Self {
                Array(std::array::from_fn(|k| self.0[k].mul_add(factor.0[k], summand.0[k])))
            }
            #[inline(always)]
            // SAFETY: as for `splat`.
            unsafe fn sqrt(self) -> Self {
                Array(self.0.map(<$lane>::sqrt))
            }
        }
    };
}

array!(f32);
array!(f64);

#[cfg(test)]
mod tests {
    use super::*;

    fn works_in_every_lane<V: Vector>(of: fn(u8) -> V::Lane)
    where
        V::Lane: PartialEq + std::fmt::Debug,
    {
        let mut out = [of(0); 4];
        // SAFETY: an array requires no set, and `out` has room for the widest of them.
        unsafe {
            let nine = V::splat(of(2)).mul_add(V::splat(of(3)), V::splat(of(1))).add(V::splat(of(2)));
            nine.sqrt().store(out.as_mut_ptr());
            V::load(out.as_ptr()).add(V::splat(of(4))).stream(out.as_mut_ptr());
        }
        assert_eq!(out[..V::LANES], vec![of(7); V::LANES]);
        assert_eq!(out[V::LANES..], vec![of(0); 4 - V::LANES]);
    }

    #[test]
    fn arrays_are_vectors() {
        works_in_every_lane::<<Baseline as Vectors>::Doubles>(f64::from);
        works_in_every_lane::<<Baseline as Vectors>::Singles>(f32::from);
    }
}
