//! AVX-512 by hand: 8 numbers at a time, a mask for every operation, and 32 registers.
//!
//! In addition to AVX2: comparisons write a mask to a register of its own, every load and store may be masked (so
//! the end of an array needs no separate loop), 64-bit multiplication is one instruction, and one instruction
//! moves chosen lanes together (`vcompresspd`).
//!
//! ```
//! #[cfg(target_arch = "x86_64")]
//! {
//!     use std::arch::x86_64::*;
//!
//!     /// Adds as many numbers as there are, up to eight.
//!     #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw")]
//!     fn add(a: &mut [f64], b: &[f64]) {
//!         let lanes = (1u16 << a.len().min(b.len()).min(8)).wrapping_sub(1) as __mmask8;
//!         // SAFETY: masked lanes are neither read nor written.
//!         unsafe {
//!             let (x, y) = (_mm512_maskz_loadu_pd(lanes, a.as_ptr()), _mm512_maskz_loadu_pd(lanes, b.as_ptr()));
//!             _mm512_mask_storeu_pd(a.as_mut_ptr(), lanes, _mm512_add_pd(x, y));
//!         }
//!     }
//!
//!     let mut a = [1.0; 5];
//!     if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512dq") && is_x86_feature_detected!("avx512vl") {
//!         // SAFETY: the processor has these instructions.
//!         unsafe { add(&mut a, &[2.0; 5]) };
//!         assert_eq!(a, [3.0; 5]);
//!     }
//! }
//! ```

#![expect(unsafe_code, reason = "intrinsics want a proof that the processor has them; the type is it")]

use super::{Job, Lanes, Machine, intrinsics};
use parallax_pattern::isa::{Isa, Set};
use parallax_pattern::{Card, Cores};
use std::arch::x86_64::*;

/// Proof that the processor has AVX-512 (x86-64-v4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avx512(());

/// Compiles `job` for AVX-512. With `avx512f` alone the compiler would use half vectors in places.
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt,lzcnt,avx512f,avx512vl,avx512dq,avx512bw,avx512cd")]
fn compiled<J: Job>(job: J, proof: Avx512) -> J::Out {
    job.on(proof)
}

impl Machine for Avx512 {
    const CARD: Card = Card {
        name: "avx512",
        idea: "8 numbers of 64 bits in one instruction, chosen by hand, idle lanes masked off",
        gives: "every lane of the widest processors, and instructions that no compiler finds",
        costs: "code for one kind of processor, and unsafe blocks to prove",
        cores: Cores::One,
        libraries: &[],
        source: "",
    };
    fn for_isa(isa: Isa) -> Option<Self> {
        isa.has(Set::Avx512).then_some(Avx512(()))
    }
    fn isa(self) -> Isa {
        Isa::available().into_iter().find(|isa| isa.set() == Set::Avx512).expect("it was there")
    }
    fn run<J: Job>(self, job: J) -> J::Out {
        // SAFETY: the value is only made where the processor has these instructions.
        unsafe { compiled(job, self) }
    }
}

/// For each mask, the order of lanes that puts the set lanes first and the others after them.
static PARTED: [[u8; 8]; 256] = {
    let mut orders = [[0; 8]; 256];
    let mut mask = 0_usize;
    while mask < 256 {
        let (mut lane, mut set, mut other) = (0, 0, mask.count_ones() as usize);
        while lane < 8 {
            let to = if mask >> lane & 1 == 1 { &mut set } else { &mut other };
            orders[mask][*to] = lane as u8;
            *to += 1;
            lane += 1;
        }
        mask += 1;
    }
    orders
};

impl Lanes for Avx512 {
    type F64 = __m512d;
    type F32 = __m512;
    type U64 = __m512i;
    type Mask = __mmask8;
    const LEN: usize = 8;
    const REGISTERS: usize = 32;

    intrinsics! {
        fn splat(x: f64) -> __m512d = _mm512_set1_pd(x);
        fn add(x: __m512d, y: __m512d) -> __m512d = _mm512_add_pd(x, y);
        fn sub(x: __m512d, y: __m512d) -> __m512d = _mm512_sub_pd(x, y);
        fn mul(x: __m512d, y: __m512d) -> __m512d = _mm512_mul_pd(x, y);
        fn div(x: __m512d, y: __m512d) -> __m512d = _mm512_div_pd(x, y);
        fn sqrt(x: __m512d) -> __m512d = _mm512_sqrt_pd(x);
        fn mul_add(x: __m512d, y: __m512d, z: __m512d) -> __m512d = _mm512_fmadd_pd(x, y, z);
        fn lt(x: __m512d, y: __m512d) -> __mmask8 = _mm512_cmp_pd_mask::<_CMP_LT_OQ>(x, y);
        fn le(x: __m512d, y: __m512d) -> __mmask8 = _mm512_cmp_pd_mask::<_CMP_LE_OQ>(x, y);
        fn select(mask: __mmask8, x: __m512d, y: __m512d) -> __m512d = _mm512_mask_blend_pd(mask, y, x);
        fn splat32(x: f32) -> __m512 = _mm512_set1_ps(x);
        fn add32(x: __m512, y: __m512) -> __m512 = _mm512_add_ps(x, y);
        fn mul_add32(x: __m512, y: __m512, z: __m512) -> __m512 = _mm512_fmadd_ps(x, y, z);
        fn words_to_floats(x: __m512i) -> __m512d = _mm512_castsi512_pd(x);
        fn floats_to_words(x: __m512d) -> __m512i = _mm512_castpd_si512(x);
        fn words_splat(x: u64) -> __m512i = _mm512_set1_epi64(x.cast_signed());
        fn words_add(x: __m512i, y: __m512i) -> __m512i = _mm512_add_epi64(x, y);
        fn words_sub(x: __m512i, y: __m512i) -> __m512i = _mm512_sub_epi64(x, y);
        fn words_mul(x: __m512i, y: __m512i) -> __m512i = _mm512_mullo_epi64(x, y);
        fn words_mul_halves(x: __m512i, y: __m512i) -> __m512i = _mm512_mul_epu32(x, y);
        fn words_and(x: __m512i, y: __m512i) -> __m512i = _mm512_and_si512(x, y);
        fn words_xor(x: __m512i, y: __m512i) -> __m512i = _mm512_xor_si512(x, y);
        fn words_shl(x: __m512i, bits: u32) -> __m512i = _mm512_sll_epi64(x, _mm_cvtsi64_si128(bits.into()));
        fn words_shr(x: __m512i, bits: u32) -> __m512i = _mm512_srl_epi64(x, _mm_cvtsi64_si128(bits.into()));
        fn words_power(x: __m512i) -> __m512i = _mm512_sllv_epi64(_mm512_set1_epi64(1), x);
        fn words_count(x: __m512i, mask: __mmask8, one: __m512i) -> __m512i =
            _mm512_mask_add_epi64(x, mask, x, one);
        fn words_eq(x: __m512i, y: __m512i) -> __mmask8 = _mm512_cmpeq_epi64_mask(x, y);
        fn words_lt(x: __m512i, y: __m512i) -> __mmask8 = _mm512_cmplt_epu64_mask(x, y);
        fn words_lt_signed(x: __m512i, y: __m512i) -> __mmask8 = _mm512_cmplt_epi64_mask(x, y);
        fn words_slide(x: __m512i, next: __m512i) -> __m512i = _mm512_alignr_epi64::<1>(next, x);
        fn words_slide_back(before: __m512i, x: __m512i) -> __m512i = _mm512_alignr_epi64::<7>(x, before);
        fn words_compress(mask: __mmask8, x: __m512i) -> __m512i = _mm512_maskz_compress_epi64(mask, x);
        fn words_part(mask: __mmask8, x: __m512i) -> __m512i = {
            // one permutation, where compressing both sides would be two and their union a third
            let order = _mm_loadl_epi64((&raw const PARTED[usize::from(mask)]).cast());
            _mm512_permutexvar_epi64(_mm512_cvtepu8_epi64(order), x)
        };
        fn words_sorted_signed(x: __m512i, y: __m512i) -> (__m512i, __m512i) =
            (_mm512_min_epi64(x, y), _mm512_max_epi64(x, y));
        fn words_interleave(x: __m512i, y: __m512i) -> (__m512i, __m512i) = (
            _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), y),
            _mm512_permutex2var_epi64(x, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), y),
        );
        fn words_reverse(x: __m512i) -> __m512i =
            _mm512_permutexvar_epi64(_mm512_setr_epi64(7, 6, 5, 4, 3, 2, 1, 0), x);
    }

    #[inline(always)]
    fn load(self, from: &[f64]) -> __m512d {
        assert!(from.len() >= Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm512_loadu_pd(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, to: &mut [f64], x: __m512d) {
        assert!(to.len() >= Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm512_storeu_pd(to.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn load32(self, from: &[f32]) -> __m512 {
        assert!(from.len() >= 2 * Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn store32(self, to: &mut [f32], x: __m512) {
        assert!(to.len() >= 2 * Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn words_load(self, from: &[u64]) -> __m512i {
        assert!(from.len() >= Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm512_loadu_epi64(from.as_ptr().cast()) }
    }
    #[inline(always)]
    fn words_store(self, to: &mut [u64], x: __m512i) {
        assert!(to.len() >= Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm512_storeu_epi64(to.as_mut_ptr().cast(), x) }
    }

    #[inline(always)]
    fn mask_and(self, x: __mmask8, y: __mmask8) -> __mmask8 {
        x & y
    }
    #[inline(always)]
    fn mask_or(self, x: __mmask8, y: __mmask8) -> __mmask8 {
        x | y
    }
    #[inline(always)]
    fn mask_bits(self, x: __mmask8) -> u64 {
        x.into()
    }

    #[inline(always)]
    fn load_some(self, from: &[f64]) -> __m512d {
        // SAFETY: lanes beyond the slice are masked off, and masked lanes are not read.
        unsafe { _mm512_maskz_loadu_pd(first(from.len()), from.as_ptr()) }
    }
    #[inline(always)]
    fn store_some(self, to: &mut [f64], x: __m512d) {
        // SAFETY: lanes beyond the slice are masked off, and masked lanes are not written.
        unsafe { _mm512_mask_storeu_pd(to.as_mut_ptr(), first(to.len()), x) }
    }
    #[inline(always)]
    fn bytes_above(self, bytes: &[u8; 64], limit: u8) -> u64 {
        // SAFETY: `self` proves that the processor has these, and there are 64 bytes.
        unsafe {
            let x = _mm512_loadu_si512(bytes.as_ptr().cast());
            _mm512_cmpgt_epu8_mask(x, _mm512_set1_epi8(limit.cast_signed()))
        }
    }
    /// Compresses in a register and stores all of it: some processors take a hundred cycles to compress to memory.
    #[inline(always)]
    fn store_set(self, to: &mut [f64], x: __m512d, bits: u64) {
        // SAFETY: `self` proves that the processor has it.
        self.store(to, unsafe { _mm512_maskz_compress_pd(bits as __mmask8, x) });
    }
    #[inline(always)]
    unsafe fn store_past(self, to: &mut [f64], x: __m512d) {
        debug_assert!(to.len() >= Self::LEN && to.as_ptr().addr().is_multiple_of(64));
        // SAFETY: the caller provides room for 64 bytes, aligned, and a fence later.
        unsafe { _mm512_stream_pd(to.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn fence(self) {
        // SAFETY: every x86-64 processor has SSE.
        unsafe { _mm_sfence() }
    }
}

/// A mask of the lowest lanes.
#[inline(always)]
fn first(lanes: usize) -> __mmask8 {
    if lanes >= 8 { 0xff } else { (1 << lanes) - 1 }
}
