//! Packed types from a library: the same kernel on SSE2, AVX2, AVX-512 and NEON, and no `unsafe`.
//!
//! The library (`fearless_simd`, a successor of `packed_simd`) has a type for the processor's vectors.
//! [`dispatch!`] compiles its argument for each level, and chooses one at run time.
//!
//! ```
//! use fearless_simd::{Level, Simd, dispatch, prelude::*};
//!
//! #[inline(always)]
//! fn double<S: Simd>(simd: S, numbers: &mut [f64]) {
//!     for chunk in numbers.chunks_exact_mut(S::f64s::LEN) {
//!         (S::f64s::from_slice(simd, chunk) * 2.0).store_slice(chunk);
//!     }
//! }
//!
//! let mut numbers = [1.5; 16];
//! dispatch!(Level::new(), simd => double(simd, &mut numbers));
//! assert_eq!(numbers, [3.0; 16]);
//! ```

use super::{Job, Lanes, MOST_LANES, Machine};
use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};
use parallax_pattern::isa::{Isa, Set};
use parallax_pattern::{Card, Cores};

/// The vectors of the largest instruction set that may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portable(Isa);

impl Portable {
    /// The vectors of any instruction set: there always are some.
    pub const fn of(isa: Isa) -> Self {
        Portable(isa)
    }
}

/// The library's vectors of one level, as a vocabulary for kernels.
#[derive(Debug, Clone, Copy)]
pub struct Packed<S: Simd>(pub S);

impl Machine for Portable {
    const CARD: Card = Card {
        name: "portable",
        idea: "packed types of a library, in the width that the processor has",
        gives: "one source for SSE2, AVX2, AVX-512 and NEON, without unsafe",
        costs: "features of a single processor, such as stores past the cache, are out of reach",
        cores: Cores::One,
        libraries: &["fearless_simd"],
        source: "",
    };
    fn for_isa(isa: Isa) -> Option<Self> {
        Some(Portable::of(isa))
    }
    /// The library requires more of AVX-512 than the suite does, and may fall back to AVX2.
    fn isa(self) -> Isa {
        let set = match level(self.0) {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512(_) => Set::Avx512,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(_) => Set::Avx2,
            _ => Set::Baseline,
        };
        Isa::available().into_iter().find(|isa| isa.set() == set).unwrap_or(self.0)
    }
    fn run<J: Job>(self, job: J) -> J::Out {
        dispatch!(level(self.0), simd => job.on(Packed(simd)))
    }
}

/// The library's best level that `isa` allows.
fn level(isa: Isa) -> Level {
    let best = Level::new();
    #[cfg(target_arch = "x86_64")]
    {
        let avx512 = best.as_avx512().filter(|_| isa.has(Set::Avx512)).map(Level::Avx512);
        let avx2 = || best.as_avx2().filter(|_| isa.has(Set::Avx2)).map(Level::Avx2);
        let sse2 = || best.as_sse2().map(Level::Sse2);
        avx512.or_else(avx2).or_else(sse2).unwrap_or(best)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = isa;
        best
    }
}

impl<S: Simd> Lanes for Packed<S> {
    type F64 = S::f64s;
    type F32 = S::f32s;
    type U64 = S::u64s;
    type Mask = S::mask64s;
    const LEN: usize = S::f64s::LEN;
    /// All sets with 8 lanes have 32 registers, and so has NEON.
    const REGISTERS: usize =
        if S::f64s::LEN == MOST_LANES || cfg!(target_arch = "aarch64") { 32 } else { 16 };

    #[inline(always)]
    fn splat(self, x: f64) -> S::f64s {
        S::f64s::simd_from(self.0, x)
    }
    #[inline(always)]
    fn load(self, from: &[f64]) -> S::f64s {
        S::f64s::from_slice(self.0, &from[..Self::LEN])
    }
    #[inline(always)]
    fn store(self, to: &mut [f64], x: S::f64s) {
        x.store_slice(&mut to[..Self::LEN]);
    }
    #[inline(always)]
    fn add(self, x: S::f64s, y: S::f64s) -> S::f64s {
        x + y
    }
    #[inline(always)]
    fn sub(self, x: S::f64s, y: S::f64s) -> S::f64s {
        x - y
    }
    #[inline(always)]
    fn mul(self, x: S::f64s, y: S::f64s) -> S::f64s {
        x * y
    }
    #[inline(always)]
    fn div(self, x: S::f64s, y: S::f64s) -> S::f64s {
        x / y
    }
    #[inline(always)]
    fn sqrt(self, x: S::f64s) -> S::f64s {
        x.sqrt()
    }
    #[inline(always)]
    fn mul_add(self, x: S::f64s, y: S::f64s, z: S::f64s) -> S::f64s {
        x.mul_add(y, z)
    }
    #[inline(always)]
    fn lt(self, x: S::f64s, y: S::f64s) -> S::mask64s {
        x.simd_lt(y)
    }
    #[inline(always)]
    fn le(self, x: S::f64s, y: S::f64s) -> S::mask64s {
        x.simd_le(y)
    }
    #[inline(always)]
    fn select(self, mask: S::mask64s, x: S::f64s, y: S::f64s) -> S::f64s {
        mask.select(x, y)
    }
    #[inline(always)]
    fn splat32(self, x: f32) -> S::f32s {
        S::f32s::simd_from(self.0, x)
    }
    #[inline(always)]
    fn load32(self, from: &[f32]) -> S::f32s {
        S::f32s::from_slice(self.0, &from[..S::f32s::LEN])
    }
    #[inline(always)]
    fn store32(self, to: &mut [f32], x: S::f32s) {
        x.store_slice(&mut to[..S::f32s::LEN]);
    }
    #[inline(always)]
    fn add32(self, x: S::f32s, y: S::f32s) -> S::f32s {
        x + y
    }
    #[inline(always)]
    fn mul_add32(self, x: S::f32s, y: S::f32s, z: S::f32s) -> S::f32s {
        x.mul_add(y, z)
    }
    #[inline(always)]
    fn words_to_floats(self, x: S::u64s) -> S::f64s {
        x.bitcast()
    }
    #[inline(always)]
    fn floats_to_words(self, x: S::f64s) -> S::u64s {
        x.bitcast()
    }
    /// Two lanes are stored one after the other: for these the library would move single bytes on SSE2.
    #[inline(always)]
    fn store_set(self, to: &mut [f64], x: S::f64s, bits: u64) {
        if Self::LEN == 2 {
            let to = &mut to[..2];
            to[0] = x[0];
            to[usize::from(bits & 1 == 1)] = x[1];
        } else {
            self.store(to, x.compress(S::mask64s::from_bitmask(self.0, bits)));
        }
    }
    #[inline(always)]
    fn bytes_above(self, bytes: &[u8; 64], limit: u8) -> u64 {
        u8x64::from_slice(self.0, bytes).simd_gt(limit).to_bitmask()
    }
    #[inline(always)]
    fn words_splat(self, x: u64) -> S::u64s {
        S::u64s::simd_from(self.0, x)
    }
    #[inline(always)]
    fn words_load(self, from: &[u64]) -> S::u64s {
        S::u64s::from_slice(self.0, &from[..Self::LEN])
    }
    #[inline(always)]
    fn words_store(self, to: &mut [u64], x: S::u64s) {
        x.store_slice(&mut to[..Self::LEN]);
    }
    #[inline(always)]
    fn words_add(self, x: S::u64s, y: S::u64s) -> S::u64s {
        x + y
    }
    #[inline(always)]
    fn words_sub(self, x: S::u64s, y: S::u64s) -> S::u64s {
        x - y
    }
    #[inline(always)]
    fn words_mul(self, x: S::u64s, y: S::u64s) -> S::u64s {
        x * y
    }
    /// The library has no product of halves; with this mask the compiler may recognise one.
    #[inline(always)]
    fn words_mul_halves(self, x: S::u64s, y: S::u64s) -> S::u64s {
        (x & 0xffff_ffff) * (y & 0xffff_ffff)
    }
    #[inline(always)]
    fn words_and(self, x: S::u64s, y: S::u64s) -> S::u64s {
        x & y
    }
    #[inline(always)]
    fn words_xor(self, x: S::u64s, y: S::u64s) -> S::u64s {
        x ^ y
    }
    #[inline(always)]
    fn words_shl(self, x: S::u64s, bits: u32) -> S::u64s {
        x << bits
    }
    #[inline(always)]
    fn words_shr(self, x: S::u64s, bits: u32) -> S::u64s {
        x >> bits
    }
    #[inline(always)]
    fn words_power(self, x: S::u64s) -> S::u64s {
        S::u64s::simd_from(self.0, 1) << x
    }
    #[inline(always)]
    fn words_count(self, x: S::u64s, mask: S::mask64s, one: S::u64s) -> S::u64s {
        if Self::LEN == 8 {
            mask.select(x + one, x) // one instruction with masks of bits
        } else {
            x - mask.to_vector().bitcast::<S::u64s>() // -1 where it is set
        }
    }
    #[inline(always)]
    fn words_eq(self, x: S::u64s, y: S::u64s) -> S::mask64s {
        x.simd_eq(y)
    }
    #[inline(always)]
    fn words_lt(self, x: S::u64s, y: S::u64s) -> S::mask64s {
        x.simd_lt(y)
    }
    #[inline(always)]
    fn words_lt_signed(self, x: S::u64s, y: S::u64s) -> S::mask64s {
        x.bitcast::<S::i64s>().simd_lt(y.bitcast::<S::i64s>())
    }
    #[inline(always)]
    fn words_slide(self, x: S::u64s, next: S::u64s) -> S::u64s {
        x.slide::<1>(next)
    }
    #[inline(always)]
    fn words_slide_back(self, before: S::u64s, x: S::u64s) -> S::u64s {
        match Self::LEN {
            2 => before.slide::<1>(x),
            4 => before.slide::<3>(x),
            _ => before.slide::<7>(x),
        }
    }
    #[inline(always)]
    fn words_compress(self, mask: S::mask64s, x: S::u64s) -> S::u64s {
        x.compress(mask)
    }
    /// Two lanes are swapped or not: for these the library would move single bytes on SSE2.
    #[inline(always)]
    fn words_part(self, mask: S::mask64s, x: S::u64s) -> S::u64s {
        let bits = mask.to_bitmask();
        if Self::LEN == 2 {
            let first = usize::from(bits == 0b10);
            S::u64s::from_slice(self.0, &[x[first], x[1 - first]])
        } else {
            let others = S::mask64s::from_bitmask(self.0, !bits);
            let behind = S::mask64s::from_bitmask(self.0, u64::MAX << bits.count_ones());
            x.compress_merge(mask, x.compress(others).expand(behind))
        }
    }
    #[inline(always)]
    fn words_sorted_signed(self, x: S::u64s, y: S::u64s) -> (S::u64s, S::u64s) {
        let (x, y) = (x.bitcast::<S::i64s>(), y.bitcast::<S::i64s>());
        (x.min(y).bitcast(), x.max(y).bitcast())
    }
    #[inline(always)]
    fn words_interleave(self, x: S::u64s, y: S::u64s) -> (S::u64s, S::u64s) {
        x.interleave(y)
    }
    #[inline(always)]
    fn words_reverse(self, x: S::u64s) -> S::u64s {
        x.reverse()
    }
    #[inline(always)]
    fn mask_and(self, x: S::mask64s, y: S::mask64s) -> S::mask64s {
        x & y
    }
    #[inline(always)]
    fn mask_or(self, x: S::mask64s, y: S::mask64s) -> S::mask64s {
        x | y
    }
    #[inline(always)]
    fn mask_bits(self, x: S::mask64s) -> u64 {
        x.to_bitmask()
    }
}
