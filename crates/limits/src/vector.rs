//! One kernel for every vector set: it is written once over a vector type, and compiled separately for each set.
//!
//! An [`Op`] is handed to [`dispatch`], which calls it inside a function that has the set's instructions
//! enabled, so that it is compiled for them; the idea is from the crate `pulp`.

#![expect(unsafe_code, reason = "vector instructions and streaming stores have no safe form")]

#[cfg(any(test, not(target_arch = "x86_64")))]
mod arrays;
#[cfg(target_arch = "x86_64")]
mod x86;

use parallax_pattern::isa::{Isa, Set};

/// Several floating-point numbers in one register.
pub(crate) trait Vector: Copy {
    /// `f64` or `f32`.
    type Lane: Copy;
    const LANES: usize;
    /// `x` in every lane.
    ///
    /// # Safety
    ///
    /// The processor has the vector's set, as an [`Isa`] proves. The same holds for every method.
    unsafe fn splat(x: Self::Lane) -> Self;
    /// # Safety
    ///
    /// The processor has the set, and `from` points to [`LANES`](Vector::LANES) numbers.
    unsafe fn load(from: *const Self::Lane) -> Self;
    /// # Safety
    ///
    /// The processor has the set, and `to` points to [`LANES`](Vector::LANES) numbers that are not shared.
    unsafe fn store(self, to: *mut Self::Lane);
    /// Writes past the caches, so that nothing is read first; call [`fence`] after a series of these.
    ///
    /// # Safety
    ///
    /// As for [`Vector::store`], and `to` is aligned to the vector's size.
    unsafe fn stream(self, to: *mut Self::Lane);
    /// # Safety
    ///
    /// The processor has the set.
    unsafe fn add(self, other: Self) -> Self;
    /// `self * factor + summand`, rounded once where the set can.
    ///
    /// # Safety
    ///
    /// The processor has the set.
    unsafe fn mul_add(self, factor: Self, summand: Self) -> Self;
    /// # Safety
    ///
    /// The processor has the set.
    unsafe fn sqrt(self) -> Self;
}

/// Several u64 in one register.
pub(crate) trait Words: Copy {
    const LANES: usize;
    /// # Safety
    ///
    /// The processor has the set, and `from` points to [`LANES`](Words::LANES) u64.
    unsafe fn load(from: *const u64) -> Self;
    /// # Safety
    ///
    /// The processor has the set, and `to` points to [`LANES`](Words::LANES) u64 that are not shared.
    unsafe fn store(self, to: *mut u64);
    /// `x` in every lane.
    ///
    /// # Safety
    ///
    /// The processor has the set. The same holds for the methods below.
    unsafe fn splat(x: u64) -> Self;
    /// # Safety
    ///
    /// The processor has the set.
    unsafe fn add(self, other: Self) -> Self;
    /// # Safety
    ///
    /// The processor has the set.
    unsafe fn xor(self, other: Self) -> Self;
    /// Each word shifted right by `bits`.
    ///
    /// # Safety
    ///
    /// The processor has the set.
    unsafe fn shift(self, bits: u32) -> Self;
    /// The low halves of the products.
    ///
    /// # Safety
    ///
    /// The processor has the set.
    unsafe fn mul(self, other: Self) -> Self;
}

/// The registers of one set.
pub(crate) trait Vectors {
    type Doubles: Vector<Lane = f64>;
    type Singles: Vector<Lane = f32>;
    type Integers: Words;
}

/// An operation that is compiled for each set.
pub(crate) trait Op {
    /// # Safety
    ///
    /// The processor has the set of `V`.
    unsafe fn run<V: Vectors>(self);
}

/// How many numbers of type `T` the registers of a set hold.
pub(crate) fn lanes<T>(isa: Isa) -> usize {
    let bytes = match isa.set() {
        Set::Baseline => 16,
        Set::Avx2 => 32,
        Set::Avx512 => 64,
    };
    bytes / size_of::<T>()
}

/// How many u64 one instruction of a set multiplies.
pub(crate) fn word_lanes(isa: Isa) -> usize {
    if isa.set() == Set::Baseline { <u64 as Words>::LANES } else { lanes::<u64>(isa) }
}

/// How many vector registers the code of a set can name.
pub(crate) fn registers(isa: Isa) -> usize {
    if cfg!(target_arch = "x86_64") && isa.set() != Set::Avx512 { 16 } else { 32 }
}

/// Runs `op` with the instructions of `isa`.
pub(crate) fn dispatch(isa: Isa, op: impl Op) {
    match isa.set() {
        // SAFETY: every processor of this architecture has its baseline.
        Set::Baseline => unsafe { op.run::<Baseline>() },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `isa` is the proof that the processor has the set.
        Set::Avx2 => unsafe { x86::with_avx2(op) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Set::Avx512 => unsafe { x86::with_avx512(op) },
        #[cfg(not(target_arch = "x86_64"))]
        Set::Avx2 | Set::Avx512 => unreachable!("no other architecture has an Isa of these sets"),
    }
}

/// Makes streamed stores visible to other threads.
pub(crate) fn fence() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it is part of the baseline, and touches nothing.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

/// Prefetches the cache line at an address, which does not need to be valid, without waiting.
pub(crate) fn prefetch<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it is part of the baseline, and does nothing with an address but hint.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

#[cfg(not(target_arch = "x86_64"))]
use arrays::Baseline;
#[cfg(target_arch = "x86_64")]
use x86::Baseline;

/// One product at a time, as on every processor.
impl Words for u64 {
    const LANES: usize = 1;
    #[inline(always)]
    // SAFETY: the caller promises what the trait requires: here, that the pointer is to one u64.
    unsafe fn load(from: *const u64) -> Self {
        // SAFETY: the caller's pointer is to one u64.
        unsafe { from.read() }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut u64) {
        // SAFETY: the caller's pointer is to one u64.
        unsafe { to.write(self) }
    }
    #[inline(always)]
    // SAFETY: arithmetic requires nothing of its caller here. The same holds below.
    unsafe fn splat(x: u64) -> Self {
        x
    }
    #[inline(always)]
    // SAFETY: as above.
    unsafe fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    // SAFETY: as above.
    unsafe fn xor(self, other: Self) -> Self {
        self ^ other
    }
    #[inline(always)]
    // SAFETY: as above.
    unsafe fn shift(self, bits: u32) -> Self {
        self >> bits
    }
    #[inline(always)]
    // SAFETY: as above.
    unsafe fn mul(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }
}
