//! AVX2 by hand: 4 numbers at a time, a vector of all ones or zeros for a mask, and 16 registers.
//!
//! Missing operations are made from others: a product of 64-bit integers takes several of 32 bits, a mask is read by
//! `vmovmskpd`, chosen lanes are moved together by a table of permutations, and the end of an array is copied to a full
//! vector on the stack.
//!
//! ```
//! #[cfg(target_arch = "x86_64")]
//! {
//!     use std::arch::x86_64::*;
//!
//!     #[target_feature(enable = "avx2,fma")]
//!     fn add_twice(a: &mut [f64; 4], b: &[f64; 4]) {
//!         // SAFETY: both hold the 32 bytes that are read and written.
//!         unsafe {
//!             let sum = _mm256_fmadd_pd(_mm256_set1_pd(2.0), _mm256_loadu_pd(b.as_ptr()), _mm256_loadu_pd(a.as_ptr()));
//!             _mm256_storeu_pd(a.as_mut_ptr(), sum);
//!         }
//!     }
//!
//!     let (mut a, b) = ([1.0; 4], [2.0; 4]);
//!     if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
//!         // SAFETY: the processor has these instructions.
//!         unsafe { add_twice(&mut a, &b) };
//!         assert_eq!(a, [5.0; 4]);
//!     }
//! }
//! ```

#![expect(unsafe_code, reason = "intrinsics want a proof that the processor has them; the type is it")]

use super::{Job, Lanes, Machine, intrinsics};
use parallax_pattern::isa::{Isa, Set};
use parallax_pattern::{Card, Cores};
use std::arch::x86_64::*;

/// Proof that the processor has AVX2 and fused multiply-add (x86-64-v3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avx2(());

#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt,lzcnt")]
fn compiled<J: Job>(job: J, proof: Avx2) -> J::Out {
    job.on(proof)
}

impl Machine for Avx2 {
    const CARD: Card = Card {
        name: "avx2",
        idea: "4 numbers of 64 bits in one instruction, chosen by hand",
        gives: "the vectors of nearly every PC and server of the last ten years",
        costs: "code for one kind of processor, and unsafe blocks to prove",
        cores: Cores::One,
        libraries: &[],
        source: "",
    };
    fn for_isa(isa: Isa) -> Option<Self> {
        isa.has(Set::Avx2).then_some(Avx2(()))
    }
    fn isa(self) -> Isa {
        Isa::available().into_iter().find(|isa| isa.set() == Set::Avx2).expect("it was there")
    }
    fn run<J: Job>(self, job: J) -> J::Out {
        // SAFETY: the value is only made where the processor has these instructions.
        unsafe { compiled(job, self) }
    }
}

/// For each mask, the order of half lanes that puts the set lanes first and the others after them.
static PARTED: [Order; 16] = {
    let mut orders = [const { Order([0; 8]) }; 16];
    let mut mask = 0_usize;
    while mask < 16 {
        let (mut lane, mut set, mut other) = (0, 0, 2 * mask.count_ones() as usize);
        while lane < 4 {
            let to = if mask >> lane & 1 == 1 { &mut set } else { &mut other };
            orders[mask].0[*to] = 2 * lane;
            orders[mask].0[*to + 1] = 2 * lane + 1;
            *to += 2;
            lane += 1;
        }
        mask += 1;
    }
    orders
};

#[repr(align(32))]
struct Order([u32; 8]);

impl Lanes for Avx2 {
    type F64 = __m256d;
    type F32 = __m256;
    type U64 = __m256i;
    type Mask = __m256d;
    const LEN: usize = 4;
    const REGISTERS: usize = 16;

    intrinsics! {
        fn splat(x: f64) -> __m256d = _mm256_set1_pd(x);
        fn add(x: __m256d, y: __m256d) -> __m256d = _mm256_add_pd(x, y);
        fn sub(x: __m256d, y: __m256d) -> __m256d = _mm256_sub_pd(x, y);
        fn mul(x: __m256d, y: __m256d) -> __m256d = _mm256_mul_pd(x, y);
        fn div(x: __m256d, y: __m256d) -> __m256d = _mm256_div_pd(x, y);
        fn sqrt(x: __m256d) -> __m256d = _mm256_sqrt_pd(x);
        fn mul_add(x: __m256d, y: __m256d, z: __m256d) -> __m256d = _mm256_fmadd_pd(x, y, z);
        fn lt(x: __m256d, y: __m256d) -> __m256d = _mm256_cmp_pd::<_CMP_LT_OQ>(x, y);
        fn le(x: __m256d, y: __m256d) -> __m256d = _mm256_cmp_pd::<_CMP_LE_OQ>(x, y);
        fn select(mask: __m256d, x: __m256d, y: __m256d) -> __m256d = _mm256_blendv_pd(y, x, mask);
        fn splat32(x: f32) -> __m256 = _mm256_set1_ps(x);
        fn add32(x: __m256, y: __m256) -> __m256 = _mm256_add_ps(x, y);
        fn mul_add32(x: __m256, y: __m256, z: __m256) -> __m256 = _mm256_fmadd_ps(x, y, z);
        fn words_to_floats(x: __m256i) -> __m256d = _mm256_castsi256_pd(x);
        fn floats_to_words(x: __m256d) -> __m256i = _mm256_castpd_si256(x);
        fn words_splat(x: u64) -> __m256i = _mm256_set1_epi64x(x.cast_signed());
        fn words_add(x: __m256i, y: __m256i) -> __m256i = _mm256_add_epi64(x, y);
        fn words_sub(x: __m256i, y: __m256i) -> __m256i = _mm256_sub_epi64(x, y);
        fn words_mul(x: __m256i, y: __m256i) -> __m256i = {
            // low * low, and the two crossed products in the upper half; high * high is beyond it
            let crossed = _mm256_mullo_epi32(x, _mm256_shuffle_epi32::<0b10_11_00_01>(y));
            let sum = _mm256_add_epi32(crossed, _mm256_slli_epi64::<32>(crossed));
            let upper = _mm256_and_si256(sum, _mm256_set1_epi64x(!0 << 32));
            _mm256_add_epi64(_mm256_mul_epu32(x, y), upper)
        };
        fn words_mul_upper(x: __m256i, y: __m256i) -> __m256i = {
            // the same; 32-bit additions leave anything in the lower half, which does not carry
            let crossed = _mm256_mullo_epi32(x, _mm256_shuffle_epi32::<0b10_11_00_01>(y));
            let sum = _mm256_add_epi32(crossed, _mm256_slli_epi64::<32>(crossed));
            _mm256_add_epi32(_mm256_mul_epu32(x, y), sum)
        };
        fn words_mul_halves(x: __m256i, y: __m256i) -> __m256i = _mm256_mul_epu32(x, y);
        fn words_and(x: __m256i, y: __m256i) -> __m256i = _mm256_and_si256(x, y);
        fn words_xor(x: __m256i, y: __m256i) -> __m256i = _mm256_xor_si256(x, y);
        fn words_shl(x: __m256i, bits: u32) -> __m256i = _mm256_sll_epi64(x, _mm_cvtsi64_si128(bits.into()));
        fn words_shr(x: __m256i, bits: u32) -> __m256i = _mm256_srl_epi64(x, _mm_cvtsi64_si128(bits.into()));
        fn words_power(x: __m256i) -> __m256i = _mm256_sllv_epi64(_mm256_set1_epi64x(1), x);
        fn words_count(x: __m256i, mask: __m256d, _one: __m256i) -> __m256i =
            _mm256_sub_epi64(x, _mm256_castpd_si256(mask)); // a set mask is -1
        fn words_eq(x: __m256i, y: __m256i) -> __m256d = _mm256_castsi256_pd(_mm256_cmpeq_epi64(x, y));
        fn words_lt(x: __m256i, y: __m256i) -> __m256d = {
            // the comparison is signed; flipping the first bit turns the unsigned order into the signed one
            let first = _mm256_set1_epi64x(i64::MIN);
            _mm256_castsi256_pd(_mm256_cmpgt_epi64(_mm256_xor_si256(y, first), _mm256_xor_si256(x, first)))
        };
        fn words_lt_signed(x: __m256i, y: __m256i) -> __m256d = _mm256_castsi256_pd(_mm256_cmpgt_epi64(y, x));
        fn words_slide(x: __m256i, next: __m256i) -> __m256i = {
            // bytes can be moved within a half only, so the halves between the two vectors come first
            let between = _mm256_permute2x128_si256::<0x21>(x, next);
            _mm256_alignr_epi8::<8>(between, x)
        };
        fn words_slide_back(before: __m256i, x: __m256i) -> __m256i =
            _mm256_alignr_epi8::<8>(x, _mm256_permute2x128_si256::<0x21>(before, x));
        fn words_part(mask: __m256d, x: __m256i) -> __m256i = {
            let order = &PARTED[_mm256_movemask_pd(mask) as usize];
            _mm256_permutevar8x32_epi32(x, _mm256_load_si256(order.0.as_ptr().cast()))
        };
        fn words_sorted_signed(x: __m256i, y: __m256i) -> (__m256i, __m256i) = {
            let [a, b] = [_mm256_castsi256_pd(x), _mm256_castsi256_pd(y)];
            let wrong = _mm256_castsi256_pd(_mm256_cmpgt_epi64(x, y));
            let (smaller, larger) = (_mm256_blendv_pd(a, b, wrong), _mm256_blendv_pd(b, a, wrong));
            (_mm256_castpd_si256(smaller), _mm256_castpd_si256(larger))
        };
        fn words_interleave(x: __m256i, y: __m256i) -> (__m256i, __m256i) = {
            let (even, odd) = (_mm256_unpacklo_epi64(x, y), _mm256_unpackhi_epi64(x, y));
            (_mm256_permute2x128_si256::<0x20>(even, odd), _mm256_permute2x128_si256::<0x31>(even, odd))
        };
        fn words_reverse(x: __m256i) -> __m256i = _mm256_permute4x64_epi64::<0b00_01_10_11>(x);
        fn mask_and(x: __m256d, y: __m256d) -> __m256d = _mm256_and_pd(x, y);
        fn mask_or(x: __m256d, y: __m256d) -> __m256d = _mm256_or_pd(x, y);
        fn mask_bits(x: __m256d) -> u64 = u64::from(_mm256_movemask_pd(x).cast_unsigned());
    }

    #[inline(always)]
    fn load(self, from: &[f64]) -> __m256d {
        assert!(from.len() >= Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm256_loadu_pd(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, to: &mut [f64], x: __m256d) {
        assert!(to.len() >= Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm256_storeu_pd(to.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn load32(self, from: &[f32]) -> __m256 {
        assert!(from.len() >= 2 * Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm256_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn store32(self, to: &mut [f32], x: __m256) {
        assert!(to.len() >= 2 * Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn words_load(self, from: &[u64]) -> __m256i {
        assert!(from.len() >= Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
    }
    #[inline(always)]
    fn words_store(self, to: &mut [u64], x: __m256i) {
        assert!(to.len() >= Self::LEN);
        // SAFETY: the slice is long enough.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), x) }
    }
    /// There is no comparison of unsigned bytes: a byte that is the minimum of itself and the limit is not above it.
    #[inline(always)]
    fn bytes_above(self, bytes: &[u8; 64], limit: u8) -> u64 {
        let mut bits = 0;
        for half in [0, 32] {
            // SAFETY: `self` proves that the processor has these, and both halves are there.
            let at_most = unsafe {
                let x = _mm256_loadu_si256(bytes.as_ptr().add(half).cast());
                let limit = _mm256_set1_epi8(limit.cast_signed());
                _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(x, limit), x))
            };
            bits |= u64::from(!at_most.cast_unsigned()) << half;
        }
        bits
    }
    /// The lanes after them may be anything, so the unset lanes may be there too.
    #[inline(always)]
    fn words_compress(self, mask: __m256d, x: __m256i) -> __m256i {
        self.words_part(mask, x)
    }
    #[inline(always)]
    fn store_set(self, to: &mut [f64], x: __m256d, bits: u64) {
        let halves = &PARTED[bits as usize % PARTED.len()].0;
        // SAFETY: `self` proves that the processor has these, and an order has 32 bytes and is aligned to 32.
        let set = unsafe {
            let halves = _mm256_load_si256(halves.as_ptr().cast());
            _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(x), halves))
        };
        self.store(to, set);
    }
    #[inline(always)]
    unsafe fn store_past(self, to: &mut [f64], x: __m256d) {
        debug_assert!(to.len() >= Self::LEN && to.as_ptr().addr().is_multiple_of(32));
        // SAFETY: the caller provides room for 32 bytes, aligned, and a fence later.
        unsafe { _mm256_stream_pd(to.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn fence(self) {
        // SAFETY: every x86-64 processor has SSE.
        unsafe { _mm_sfence() }
    }
}
