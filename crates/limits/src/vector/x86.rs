//! The vectors of x86-64, instruction by instruction.

use super::{Op, Vector, Vectors, Words};
use std::arch::x86_64::*;

/// The baseline, which every processor has.
pub(super) struct Baseline;

impl Vectors for Baseline {
    type Doubles = Doubles128;
    type Singles = Singles128;
    type Integers = u64;
}

/// Registers of 256 bits.
struct Avx2;

impl Vectors for Avx2 {
    type Doubles = Doubles256;
    type Singles = Singles256;
    type Integers = Words256;
}

/// Registers of 512 bits, twice as many.
struct Avx512;

impl Vectors for Avx512 {
    type Doubles = Doubles512;
    type Singles = Singles512;
    type Integers = Words512;
}

/// Compiles and runs `op` for AVX-512.
///
/// # Safety
///
/// The processor has the set.
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma,bmi1,bmi2,popcnt,lzcnt")]
pub(super) unsafe fn with_avx512(op: impl Op) {
    // SAFETY: the caller's promise.
    unsafe { op.run::<Avx512>() }
}

/// Compiles and runs `op` for AVX2 with fused multiply-add.
///
/// # Safety
///
/// The processor has the set.
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt,lzcnt")]
pub(super) unsafe fn with_avx2(op: impl Op) {
    // SAFETY: the caller's promise.
    unsafe { op.run::<Avx2>() }
}

/// A vector type: its register, its lanes, and the instruction for each method.
macro_rules! vector {
    ($(#[$doc:meta])* $name:ident, $register:ty, $lane:ty, $lanes:literal, $splat:ident, $load:ident, $store:ident,
     $stream:ident, $add:ident, $sqrt:ident, |$x:ident, $factor:ident, $summand:ident| $mul_add:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(super) struct $name($register);

        impl Vector for $name {
            type Lane = $lane;
            const LANES: usize = $lanes;
            #[inline(always)]
            // SAFETY: the caller promises what the trait requires: the set, and for loads and stores the place.
            unsafe fn splat(x: $lane) -> Self {
                // SAFETY: the processor has the set, says the caller.
                $name(unsafe { $splat(x) })
            }
            #[inline(always)]
            unsafe fn load(from: *const $lane) -> Self {
                // SAFETY: as above, and the pointer is to as many numbers.
                $name(unsafe { $load(from) })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $lane) {
                // SAFETY: as above.
                unsafe { $store(to, self.0) }
            }
            #[inline(always)]
            unsafe fn stream(self, to: *mut $lane) {
                // SAFETY: as above, and the pointer is aligned, says the caller.
                unsafe { $stream(to, self.0) }
            }
            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the processor has the set, says the caller.
                $name(unsafe { $add(self.0, other.0) })
            }
            #[inline(always)]
            unsafe fn mul_add(self, factor: Self, summand: Self) -> Self {
                let ($x, $factor, $summand) = (self.0, factor.0, summand.0);
                // SAFETY: as above.
                $name(unsafe { $mul_add })
            }
            #[inline(always)]
            unsafe fn sqrt(self) -> Self {
                // SAFETY: as above.
                $name(unsafe { $sqrt(self.0) })
            }
        }
    };
}

vector! {
    /// Two f64; multiply and add are two instructions.
    Doubles128, __m128d, f64, 2, _mm_set1_pd, _mm_loadu_pd, _mm_storeu_pd, _mm_stream_pd, _mm_add_pd, _mm_sqrt_pd,
    |x, factor, summand| _mm_add_pd(_mm_mul_pd(x, factor), summand)
}

vector! {
    /// Four f32.
    Singles128, __m128, f32, 4, _mm_set1_ps, _mm_loadu_ps, _mm_storeu_ps, _mm_stream_ps, _mm_add_ps, _mm_sqrt_ps,
    |x, factor, summand| _mm_add_ps(_mm_mul_ps(x, factor), summand)
}

vector! {
    /// Four f64.
    Doubles256, __m256d, f64, 4, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_stream_pd, _mm256_add_pd,
    _mm256_sqrt_pd, |x, factor, summand| _mm256_fmadd_pd(x, factor, summand)
}

vector! {
    /// Eight f32.
    Singles256, __m256, f32, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_stream_ps, _mm256_add_ps,
    _mm256_sqrt_ps, |x, factor, summand| _mm256_fmadd_ps(x, factor, summand)
}

vector! {
    /// Eight f64.
    Doubles512, __m512d, f64, 8, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_stream_pd, _mm512_add_pd,
    _mm512_sqrt_pd, |x, factor, summand| _mm512_fmadd_pd(x, factor, summand)
}

vector! {
    /// Sixteen f32.
    Singles512, __m512, f32, 16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_stream_ps, _mm512_add_ps,
    _mm512_sqrt_ps, |x, factor, summand| _mm512_fmadd_ps(x, factor, summand)
}

/// Four u64. AVX2 multiplies 32 bits only, so a product is three.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words256(__m256i);

impl Words for Words256 {
    const LANES: usize = 4;
    #[inline(always)]
    // SAFETY: the caller promises what the trait requires: the set, and for loads and stores the place.
    unsafe fn load(from: *const u64) -> Self {
        // SAFETY: the processor has the set and the pointer is to four u64, says the caller.
        Words256(unsafe { _mm256_loadu_si256(from.cast()) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut u64) {
        // SAFETY: as above.
        unsafe { _mm256_storeu_si256(to.cast(), self.0) }
    }
    #[inline(always)]
    unsafe fn splat(x: u64) -> Self {
        // SAFETY: the processor has the set, says the caller. So below.
        Words256(unsafe { _mm256_set1_epi64x(x.cast_signed()) })
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: as above.
        Words256(unsafe { _mm256_add_epi64(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        // SAFETY: as above.
        Words256(unsafe { _mm256_xor_si256(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn shift(self, bits: u32) -> Self {
        // SAFETY: as above.
        Words256(unsafe { _mm256_srl_epi64(self.0, _mm_cvtsi64_si128(bits.into())) })
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the processor has the set, says the caller.
        unsafe {
            let low = _mm256_mul_epu32(self.0, other.0);
            let left = _mm256_mul_epu32(_mm256_srli_epi64::<32>(self.0), other.0);
            let right = _mm256_mul_epu32(self.0, _mm256_srli_epi64::<32>(other.0));
            let cross = _mm256_slli_epi64::<32>(_mm256_add_epi64(left, right));
            Words256(_mm256_add_epi64(low, cross))
        }
    }
}

/// Eight u64, with an instruction for their products.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words512(__m512i);

impl Words for Words512 {
    const LANES: usize = 8;
    #[inline(always)]
    // SAFETY: the caller promises what the trait requires: the set, and for loads and stores the place.
    unsafe fn load(from: *const u64) -> Self {
        // SAFETY: the processor has the set and the pointer is to eight u64, says the caller.
        Words512(unsafe { _mm512_loadu_si512(from.cast()) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut u64) {
        // SAFETY: as above.
        unsafe { _mm512_storeu_si512(to.cast(), self.0) }
    }
    #[inline(always)]
    unsafe fn splat(x: u64) -> Self {
        // SAFETY: the processor has the set, says the caller. So below.
        Words512(unsafe { _mm512_set1_epi64(x.cast_signed()) })
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: as above.
        Words512(unsafe { _mm512_add_epi64(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        // SAFETY: as above.
        Words512(unsafe { _mm512_xor_si512(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn shift(self, bits: u32) -> Self {
        // SAFETY: as above.
        Words512(unsafe { _mm512_srl_epi64(self.0, _mm_cvtsi64_si128(bits.into())) })
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the processor has the set, says the caller.
        Words512(unsafe { _mm512_mullo_epi64(self.0, other.0) })
    }
}
