//! Vector types with operators, so that a kernel reads like the formula.

use super::{Lanes, MOST_LANES};
use std::fmt::{Debug, Formatter, Result};
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Shl, Shr, Sub};

/// A vector of floats.
#[derive(Clone, Copy)]
pub struct Floats<L: Lanes> {
    lanes: L,
    raw: L::F64,
}

/// A vector of unsigned integers of 64 bits.
#[derive(Clone, Copy)]
pub struct Words<L: Lanes> {
    lanes: L,
    raw: L::U64,
}

/// A boolean for each lane.
#[derive(Clone, Copy)]
pub struct Mask<L: Lanes> {
    lanes: L,
    raw: L::Mask,
}

macro_rules! operators {
    ($vector:ident: $($operator:ident $method:ident $raw:ident),*) => {$(
        impl<L: Lanes> $operator for $vector<L> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self { raw: self.lanes.$raw(self.raw, other.raw), ..self }
            }
        }
    )*};
}

macro_rules! with_numbers {
    ($vector:ident, $number:ty: $($operator:ident $method:ident),*) => {$(
        impl<L: Lanes> $operator<$number> for $vector<L> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, number: $number) -> Self {
                self.$method(Self::splat(self.lanes, number))
            }
        }
    )*};
}

operators!(Floats: Add add add, Sub sub sub, Mul mul mul, Div div div);
operators!(Words: Add add words_add, Sub sub words_sub, Mul mul words_mul);
operators!(Words: BitAnd bitand words_and, BitXor bitxor words_xor);
with_numbers!(Floats, f64: Add add, Sub sub, Mul mul, Div div);
with_numbers!(Words, u64: Add add, Sub sub, Mul mul, BitAnd bitand);
operators!(Mask: BitAnd bitand mask_and, BitOr bitor mask_or);

impl<L: Lanes> Debug for Floats<L> {
    fn fmt(&self, f: &mut Formatter) -> Result {
        let mut all = [0.0; MOST_LANES];
        self.store(&mut all);
        all[..L::LEN].fmt(f)
    }
}

impl<L: Lanes> Debug for Words<L> {
    fn fmt(&self, f: &mut Formatter) -> Result {
        let mut all = [0; MOST_LANES];
        self.store(&mut all);
        all[..L::LEN].fmt(f)
    }
}

impl<L: Lanes> Debug for Mask<L> {
    fn fmt(&self, f: &mut Formatter) -> Result {
        write!(f, "{:#010b}", self.bits())
    }
}

impl<L: Lanes> Neg for Floats<L> {
    type Output = Self;
    /// From -0, so that 0 becomes -0.
    #[inline(always)]
    fn neg(self) -> Self {
        self.all(-0.0) - self
    }
}

impl<L: Lanes> Shl<u32> for Words<L> {
    type Output = Self;
    #[inline(always)]
    fn shl(self, bits: u32) -> Self {
        Self { raw: self.lanes.words_shl(self.raw, bits), ..self }
    }
}

impl<L: Lanes> Shr<u32> for Words<L> {
    type Output = Self;
    #[inline(always)]
    fn shr(self, bits: u32) -> Self {
        Self { raw: self.lanes.words_shr(self.raw, bits), ..self }
    }
}

impl<L: Lanes> Floats<L> {
    /// `x` in every lane.
    #[inline(always)]
    pub fn splat(lanes: L, x: f64) -> Self {
        Self { lanes, raw: lanes.splat(x) }
    }
    /// `x` in every lane of a vector of the same type.
    #[inline(always)]
    pub fn all(self, x: f64) -> Self {
        Self::splat(self.lanes, x)
    }
    /// The first numbers of a slice, one for each lane.
    #[inline(always)]
    pub fn load(lanes: L, from: &[f64]) -> Self {
        Self { lanes, raw: lanes.load(from) }
    }
    /// Vectors of several columns, all from item `from` on.
    #[inline(always)]
    pub fn load_each<const N: usize>(lanes: L, columns: [&[f64]; N], from: usize) -> [Self; N] {
        let mut vectors = [Self::splat(lanes, 0.0); N];
        for (vector, column) in vectors.iter_mut().zip(columns) {
            *vector = Self::load(lanes, &column[from..from + L::LEN]);
        }
        vectors
    }
    /// The same for columns shorter than a vector.
    #[inline(always)]
    pub fn load_some_each<const N: usize>(lanes: L, columns: [&[f64]; N]) -> [Self; N] {
        let mut vectors = [Self::splat(lanes, 0.0); N];
        for (vector, column) in vectors.iter_mut().zip(columns) {
            *vector = Self::load_some(lanes, column);
        }
        vectors
    }
    /// A vector of the same type, from the first numbers of a slice.
    #[inline(always)]
    pub fn loaded(self, from: &[f64]) -> Self {
        Self::load(self.lanes, from)
    }
    /// All numbers of a slice shorter than a vector, then zeros.
    #[inline(always)]
    pub fn load_some(lanes: L, from: &[f64]) -> Self {
        Self { lanes, raw: lanes.load_some(from) }
    }
    /// Writes all lanes.
    #[inline(always)]
    pub fn store(self, to: &mut [f64]) {
        self.lanes.store(to, self.raw);
    }
    /// Writes as many lanes as `to` has room for.
    #[inline(always)]
    pub fn store_some(self, to: &mut [f64]) {
        self.lanes.store_some(to, self.raw);
    }
    /// Writes all lanes past the caches.
    ///
    /// # Safety
    ///
    /// As [`Lanes::store_past`].
    #[expect(unsafe_code, reason = "see Lanes::store_past")]
    #[inline(always)]
    pub unsafe fn store_past(self, to: &mut [f64]) {
        // SAFETY: the caller's duties are the same.
        unsafe { self.lanes.store_past(to, self.raw) }
    }
    /// `self * y + z`, rounded once where the processor can.
    #[inline(always)]
    pub fn mul_add(self, y: Self, z: Self) -> Self {
        Self { raw: self.lanes.mul_add(self.raw, y.raw, z.raw), ..self }
    }
    /// The square root, rounded correctly.
    #[inline(always)]
    pub fn sqrt(self) -> Self {
        Self { raw: self.lanes.sqrt(self.raw), ..self }
    }
    /// The absolute value.
    #[inline(always)]
    pub fn abs(self) -> Self {
        (self.bits() & (u64::MAX >> 1)).float()
    }
    /// The sum of all lanes, added in halves of halves.
    #[inline(always)]
    pub fn sum(self) -> f64 {
        let mut all = [0.0; MOST_LANES];
        self.store(&mut all);
        for half in [4, 2, 1] {
            for lane in 0..half {
                all[lane] += all[lane + half];
            }
        }
        all[0]
    }
    /// Whether `self < y`; false for NaN.
    #[inline(always)]
    pub fn lt(self, y: Self) -> Mask<L> {
        Mask { lanes: self.lanes, raw: self.lanes.lt(self.raw, y.raw) }
    }
    /// Whether `self <= y`; false for NaN.
    #[inline(always)]
    pub fn le(self, y: Self) -> Mask<L> {
        Mask { lanes: self.lanes, raw: self.lanes.le(self.raw, y.raw) }
    }
    /// Its lanes except the first, then the first of `next`.
    #[inline(always)]
    pub fn slide(self, next: Self) -> Self {
        self.bits().slide(next.bits()).float()
    }
    /// The last lane of `before`, then its own lanes except the last.
    #[inline(always)]
    pub fn slide_back(self, before: Self) -> Self {
        self.bits().slide_back(before.bits()).float()
    }
    /// The same bits as integers.
    #[inline(always)]
    pub fn bits(self) -> Words<L> {
        Words { lanes: self.lanes, raw: self.lanes.floats_to_words(self.raw) }
    }
    /// Writes the lanes that are set in `bits` next to each other, then anything: as many numbers as lanes.
    #[inline(always)]
    pub fn store_set(self, to: &mut [f64], bits: u64) {
        self.lanes.store_set(to, self.raw, bits);
    }
    /// The vector of the instruction set.
    #[inline(always)]
    pub fn raw(self) -> L::F64 {
        self.raw
    }
    /// From a vector of the instruction set.
    #[inline(always)]
    pub fn from_raw(lanes: L, raw: L::F64) -> Self {
        Self { lanes, raw }
    }
}

impl<L: Lanes> Words<L> {
    /// `x` in every lane.
    #[inline(always)]
    pub fn splat(lanes: L, x: u64) -> Self {
        Self { lanes, raw: lanes.words_splat(x) }
    }
    /// `start`, and in each further lane `step` more than in the lane before.
    #[inline(always)]
    pub fn count_up(lanes: L, start: u64, step: u64) -> Self {
        let all: [u64; MOST_LANES] =
            std::array::from_fn(|lane| start.wrapping_add((lane as u64).wrapping_mul(step)));
        Self { lanes, raw: lanes.words_load(&all) }
    }
    /// `x` in every lane of a vector of the same type.
    #[inline(always)]
    pub fn all(self, x: u64) -> Self {
        Self::splat(self.lanes, x)
    }
    /// The first numbers of a slice, one for each lane.
    #[inline(always)]
    pub fn load(lanes: L, from: &[u64]) -> Self {
        Self { lanes, raw: lanes.words_load(from) }
    }
    /// Writes all lanes.
    #[inline(always)]
    pub fn store(self, to: &mut [u64]) {
        self.lanes.words_store(to, self.raw);
    }
    /// The product of the low halves of the lanes.
    #[inline(always)]
    pub fn mul_halves(self, y: Self) -> Self {
        Self { raw: self.lanes.words_mul_halves(self.raw, y.raw), ..self }
    }
    /// The upper 32 bits of `self * y` at their place; the lower ones may be anything.
    #[inline(always)]
    pub fn mul_upper(self, y: Self) -> Self {
        Self { raw: self.lanes.words_mul_upper(self.raw, y.raw), ..self }
    }
    /// `2` to the power of each lane, which is below 64.
    #[inline(always)]
    pub fn power_of_two(self) -> Self {
        Self { raw: self.lanes.words_power(self.raw), ..self }
    }
    /// Whether the lanes are equal.
    #[inline(always)]
    pub fn eq(self, y: Self) -> Mask<L> {
        Mask { lanes: self.lanes, raw: self.lanes.words_eq(self.raw, y.raw) }
    }
    /// Whether `self < y`.
    #[inline(always)]
    pub fn lt(self, y: Self) -> Mask<L> {
        Mask { lanes: self.lanes, raw: self.lanes.words_lt(self.raw, y.raw) }
    }
    /// Whether `self < y`, both as signed numbers.
    #[inline(always)]
    pub fn lt_signed(self, y: Self) -> Mask<L> {
        Mask { lanes: self.lanes, raw: self.lanes.words_lt_signed(self.raw, y.raw) }
    }
    /// Its lanes except the first, then the first of `next`.
    #[inline(always)]
    pub fn slide(self, next: Self) -> Self {
        Self { raw: self.lanes.words_slide(self.raw, next.raw), ..self }
    }
    /// The last lane of `before`, then its own lanes except the last.
    #[inline(always)]
    pub fn slide_back(self, before: Self) -> Self {
        Self { raw: self.lanes.words_slide_back(before.raw, self.raw), ..self }
    }
    /// The lanes that are set in the mask, moved together in order; the lanes after them may be anything.
    #[inline(always)]
    pub fn compress(self, mask: Mask<L>) -> Self {
        Self { raw: self.lanes.words_compress(mask.raw, self.raw), ..self }
    }
    /// The lanes that are set in the mask, in order, then the others.
    #[inline(always)]
    pub fn part(self, mask: Mask<L>) -> Self {
        Self { raw: self.lanes.words_part(mask.raw, self.raw), ..self }
    }
    /// The smaller of each two lanes and the larger, both as signed numbers.
    #[inline(always)]
    pub fn sorted_signed(self, y: Self) -> (Self, Self) {
        let (smaller, larger) = self.lanes.words_sorted_signed(self.raw, y.raw);
        (Self { raw: smaller, ..self }, Self { raw: larger, ..self })
    }
    /// Its first lane, the first of `y`, its second, and so on: two vectors.
    #[inline(always)]
    pub fn interleave(self, y: Self) -> (Self, Self) {
        let (first, second) = self.lanes.words_interleave(self.raw, y.raw);
        (Self { raw: first, ..self }, Self { raw: second, ..self })
    }
    /// The last lane first.
    #[inline(always)]
    pub fn reverse(self) -> Self {
        Self { raw: self.lanes.words_reverse(self.raw), ..self }
    }
    /// 1 in every lane, and the compiler does not know it: for [`Words::count`], of which it would make a subtraction
    /// of the mask, which AVX-512 must first make a vector.
    #[inline(always)]
    pub fn one(lanes: L) -> Self {
        Words::splat(lanes, std::hint::black_box(1))
    }
    /// `self`, with `one`, which is [`Words::one`], added where `mask` is set.
    #[inline(always)]
    pub fn count(self, mask: Mask<L>, one: Self) -> Self {
        Self { raw: self.lanes.words_count(self.raw, mask.raw, one.raw), ..self }
    }
    /// The same bits as floats.
    #[inline(always)]
    pub fn float(self) -> Floats<L> {
        Floats { lanes: self.lanes, raw: self.lanes.words_to_floats(self.raw) }
    }
    /// The sum of all lanes, wrapping.
    #[inline(always)]
    pub fn sum(self) -> u64 {
        let mut all = [0; MOST_LANES];
        self.store(&mut all);
        all.into_iter().fold(0, u64::wrapping_add)
    }
}

impl<L: Lanes> Mask<L> {
    /// The lanes that are set, lane 0 in the lowest bit.
    #[inline(always)]
    pub fn bits(self) -> u64 {
        self.lanes.mask_bits(self.raw)
    }
    /// Whether all lanes are set.
    #[inline(always)]
    pub fn all(self) -> bool {
        self.bits() == (1 << L::LEN) - 1
    }
    /// `x` where it is set, `y` elsewhere.
    #[inline(always)]
    pub fn select(self, x: Floats<L>, y: Floats<L>) -> Floats<L> {
        Floats { lanes: self.lanes, raw: self.lanes.select(self.raw, x.raw, y.raw) }
    }
    /// The same for integers.
    #[inline(always)]
    pub fn select_words(self, x: Words<L>, y: Words<L>) -> Words<L> {
        self.select(x.float(), y.float()).bits()
    }
}
