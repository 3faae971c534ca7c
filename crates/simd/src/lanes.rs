//! The few vector operations that the kernels need, so that each kernel is written once for every width.
//!
//! A value of [`Lanes`] proves that the processor has its instructions; there is no other way to make a vector. Kernels
//! are generic over it and marked `#[inline(always)]` all the way down: the compiler may use a vector instruction only
//! inside a function that is compiled for it, and that function is [`Machine::run`], once for a piece of work. A call
//! that is not inlined leaves that function, and uses only the instructions that every processor has. The same is true
//! of closures, and of the standard library's calls of them: `[T; N]::map` over vectors is a call, a `for` loop is not.
//!
//! | vocabulary | how |
//! |---|---|
//! | [`Avx2`](avx2::Avx2) | `std::arch`, 4 numbers of 64 bits |
//! | [`Avx512`](avx512::Avx512) | `std::arch`, 8 numbers, masks, 32 registers |
//! | [`Portable`](portable::Portable) | `fearless_simd`, the vectors of the processor; also NEON |
//!
//! Kernels written once over a vocabulary are the idea of memchr's `Vector` (A. Gallant) and of pulp's and
//! fearless_simd's tokens (S. El Kazdadi; R. Levien).

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
#[cfg(target_arch = "x86_64")]
mod by_hand;
mod number;
pub mod portable;
mod vectors;
pub(crate) mod zip;

#[cfg(target_arch = "x86_64")]
use self::by_hand::intrinsics;
pub use self::number::Number;
pub use self::vectors::{Floats, Mask, Words};
pub use self::zip::{Stores, zip};

use parallax_pattern::Card;
use parallax_pattern::isa::Isa;
use std::fmt::Debug;

/// At least as many lanes as any vector has.
pub const MOST_LANES: usize = 8;

/// Work with vectors of a width that is chosen at run time.
pub trait Job {
    /// Its result.
    type Out;
    /// Does the work. Mark it `#[inline(always)]`.
    fn on<L: Lanes>(self, lanes: L) -> Self::Out;
}

/// A choice of vectors that this processor has.
///
/// ```
/// use parallax_simd::lanes::{Job, Lanes, Machine, portable::Portable};
/// use parallax_pattern::isa::Isa;
///
/// struct Width;
/// impl Job for Width {
///     type Out = usize;
///     #[inline(always)]
///     fn on<L: Lanes>(self, _: L) -> usize {
///         L::LEN
///     }
/// }
/// let portable = Portable::for_isa(Isa::detect()?).unwrap();
/// assert!([1, 2, 4, 8].contains(&portable.run(Width)));
/// # Ok::<(), parallax_pattern::No>(())
/// ```
pub trait Machine: Copy + Debug + Send + Sync + 'static {
    /// The card of the technique that uses it.
    const CARD: Card;
    /// The vectors of `isa`, if this type has them.
    fn for_isa(isa: Isa) -> Option<Self>;
    /// The set of instructions in use.
    fn isa(self) -> Isa;
    /// Does a job in code that is compiled for these instructions.
    fn run<J: Job>(self, job: J) -> J::Out;
}

/// The operations of one vector width, on raw vectors; kernels use them through [`Floats`], [`Words`] and
/// [`Mask`], which have operators, and those that are written for both precisions through [`Number`].
#[expect(missing_docs, reason = "each does to every lane what its name says")]
pub trait Lanes: Copy + Send + Sync + 'static {
    type F64: Copy;
    type F32: Copy;
    type U64: Copy;
    type Mask: Copy;
    /// The number of lanes in a vector, up to [`MOST_LANES`].
    const LEN: usize;
    /// The number of vector registers, which limits the values in flight in a kernel.
    const REGISTERS: usize;

    fn splat(self, x: f64) -> Self::F64;
    /// The first [`LEN`](Lanes::LEN) numbers.
    fn load(self, from: &[f64]) -> Self::F64;
    fn store(self, to: &mut [f64], x: Self::F64);
    fn add(self, x: Self::F64, y: Self::F64) -> Self::F64;
    fn sub(self, x: Self::F64, y: Self::F64) -> Self::F64;
    fn mul(self, x: Self::F64, y: Self::F64) -> Self::F64;
    fn div(self, x: Self::F64, y: Self::F64) -> Self::F64;
    fn sqrt(self, x: Self::F64) -> Self::F64;
    /// `x * y + z`, rounded once where the processor can.
    fn mul_add(self, x: Self::F64, y: Self::F64, z: Self::F64) -> Self::F64;
    fn lt(self, x: Self::F64, y: Self::F64) -> Self::Mask;
    fn le(self, x: Self::F64, y: Self::F64) -> Self::Mask;
    /// `x` where the mask is set, `y` elsewhere.
    fn select(self, mask: Self::Mask, x: Self::F64, y: Self::F64) -> Self::F64;
    fn splat32(self, x: f32) -> Self::F32;
    /// The first numbers, twice [`LEN`](Lanes::LEN).
    fn load32(self, from: &[f32]) -> Self::F32;
    fn store32(self, to: &mut [f32], x: Self::F32);
    fn add32(self, x: Self::F32, y: Self::F32) -> Self::F32;
    /// As [`mul_add`](Lanes::mul_add).
    fn mul_add32(self, x: Self::F32, y: Self::F32, z: Self::F32) -> Self::F32;

    fn words_to_floats(self, x: Self::U64) -> Self::F64;
    fn floats_to_words(self, x: Self::F64) -> Self::U64;

    fn words_splat(self, x: u64) -> Self::U64;
    fn words_load(self, from: &[u64]) -> Self::U64;
    fn words_store(self, to: &mut [u64], x: Self::U64);
    fn words_add(self, x: Self::U64, y: Self::U64) -> Self::U64;
    fn words_sub(self, x: Self::U64, y: Self::U64) -> Self::U64;
    /// The low half of the product.
    fn words_mul(self, x: Self::U64, y: Self::U64) -> Self::U64;
    /// The upper 32 bits of the result of `words_mul`, at their place; the lower ones may be anything.
    #[inline(always)]
    fn words_mul_upper(self, x: Self::U64, y: Self::U64) -> Self::U64 {
        self.words_mul(x, y)
    }
    /// The product of the low halves of `x` and `y`: 64 bits, and cheaper.
    fn words_mul_halves(self, x: Self::U64, y: Self::U64) -> Self::U64;
    fn words_and(self, x: Self::U64, y: Self::U64) -> Self::U64;
    fn words_xor(self, x: Self::U64, y: Self::U64) -> Self::U64;
    fn words_shl(self, x: Self::U64, bits: u32) -> Self::U64;
    fn words_shr(self, x: Self::U64, bits: u32) -> Self::U64;
    /// `2^x`.
    fn words_power(self, x: Self::U64) -> Self::U64;
    fn words_eq(self, x: Self::U64, y: Self::U64) -> Self::Mask;
    fn words_lt(self, x: Self::U64, y: Self::U64) -> Self::Mask;
    /// Whether `x < y`, both taken for signed numbers.
    fn words_lt_signed(self, x: Self::U64, y: Self::U64) -> Self::Mask;
    /// The lanes of `x` except the first, then the first of `next`.
    fn words_slide(self, x: Self::U64, next: Self::U64) -> Self::U64;
    /// The last lane of `before`, then those of `x` except the last.
    fn words_slide_back(self, before: Self::U64, x: Self::U64) -> Self::U64;
    /// The lanes of `x` that are set in the mask, moved together in order; the lanes after them may be anything.
    fn words_compress(self, mask: Self::Mask, x: Self::U64) -> Self::U64;
    /// The lanes of `x` that are set in the mask, in order, then the others.
    fn words_part(self, mask: Self::Mask, x: Self::U64) -> Self::U64;
    /// The smaller of each two lanes and the larger, both as signed numbers.
    fn words_sorted_signed(self, x: Self::U64, y: Self::U64) -> (Self::U64, Self::U64);
    /// A lane of `x`, one of `y`, and so on, as two vectors.
    fn words_interleave(self, x: Self::U64, y: Self::U64) -> (Self::U64, Self::U64);
    /// The last lane first.
    fn words_reverse(self, x: Self::U64) -> Self::U64;
    /// `x`, with 1 added where the mask is set, given [`Words::one`](vectors::Words::one).
    fn words_count(self, x: Self::U64, mask: Self::Mask, one: Self::U64) -> Self::U64;

    /// A bit for each byte that is larger than `limit`, the first byte's in the lowest place.
    fn bytes_above(self, bytes: &[u8; 64], limit: u8) -> u64;

    fn mask_and(self, x: Self::Mask, y: Self::Mask) -> Self::Mask;
    fn mask_or(self, x: Self::Mask, y: Self::Mask) -> Self::Mask;
    /// The lanes that are set, lane 0 in the lowest bit.
    fn mask_bits(self, x: Self::Mask) -> u64;

    /// All numbers of `from`, then zeros.
    #[inline(always)]
    fn load_some(self, from: &[f64]) -> Self::F64 {
        let mut all = [0.0; MOST_LANES];
        all[..from.len()].copy_from_slice(from);
        self.load(&all)
    }
    /// The first numbers of `x`, as many as `to` has room for.
    #[inline(always)]
    fn store_some(self, to: &mut [f64], x: Self::F64) {
        let mut all = [0.0; MOST_LANES];
        self.store(&mut all, x);
        to.copy_from_slice(&all[..to.len()]);
    }
    /// Stores the lanes that are set in `bits` next to each other, in order. [`LEN`](Lanes::LEN) numbers of `to` are
    /// written, the last ones with anything; bits without a lane are ignored.
    fn store_set(self, to: &mut [f64], x: Self::F64, bits: u64);
    /// Stores past the caches, where there is an instruction for it.
    ///
    /// # Safety
    ///
    /// `to` begins at a multiple of the vector's size in memory, and [`Lanes::fence`] follows before another thread may
    /// read it: such stores overtake others.
    #[expect(unsafe_code, reason = "instructions that keep no order, and fault where memory is not aligned")]
    #[inline(always)]
    unsafe fn store_past(self, to: &mut [f64], x: Self::F64) {
        self.store(to, x);
    }
    /// Waits until all [`Lanes::store_past`] are done.
    #[inline(always)]
    fn fence(self) {}
}

/// Prefetches the cache line of the number at `place` to the first cache, where there is an instruction for it, without
/// waiting; the place may be beyond the end.
#[expect(unsafe_code, reason = "an instruction that takes an address")]
#[inline(always)]
pub fn prefetch_ahead<T>(numbers: &[T], place: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every such processor has the instruction, and it uses the address only as a hint.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(numbers.as_ptr().wrapping_add(place).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (numbers, place);
}
