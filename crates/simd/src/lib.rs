//! SIMD: one instruction for many numbers.
//!
//! | technique | who writes the vectors | take it when |
//! |---|---|---|
//! | [`Autovectorised`] | the compiler | loops are simple: no call, no early end |
//! | [`Avx2`] | you, for 256 bits | the compiler does not see it, and you know the processor |
//! | [`Avx512`] | you, for 512 bits | lanes diverge: masks, refills; 32 registers for a tile |
//! | [`OddEven`] | the compiler | an algorithm with a chain has a relative without one |
//! | [`Portable`] | a library | nearly the same, on any processor and without `unsafe` |
//!
//! The instruction set is chosen when the program runs, from a plain `--release` build, and every row names
//! it; `PARALLAX_ISA` caps it. Vectors pay where lanes do the same and memory keeps up. They do not where all
//! items want the same word ([`histogram`]), and where every step needs the one before (bubble sort).
//!
//! The kernels of [`Avx2`], [`Avx512`] and [`Portable`] are written once, over a small vocabulary ([`lanes`]) that AVX2, AVX-512 and
//! the library speak. [`math`] has sine, cosine, logarithm and exponential of whole vectors.

pub mod autovectorised;
pub mod clones;
pub mod comparison;
pub mod expression;
pub mod gridsearch;
pub mod heat;
pub mod histogram;
pub mod julia;
pub mod lanes;
pub mod math;
pub mod matmul;
pub mod montecarlo;
pub mod odd_even;
pub mod packed;
pub mod pairwise;
pub mod stream;

pub use self::autovectorised::Autovectorised;
pub use self::odd_even::OddEven;
pub use self::packed::Packed;

use parallax_suite::cell::{self, Cell};

/// AVX2 by hand.
#[cfg(target_arch = "x86_64")]
pub type Avx2 = Packed<lanes::avx2::Avx2>;
/// AVX-512 by hand.
#[cfg(target_arch = "x86_64")]
pub type Avx512 = Packed<lanes::avx512::Avx512>;
/// Packed types of a library, in the best width that may be used.
pub type Portable = Packed<lanes::portable::Portable>;

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::compute::<Autovectorised>(),
        #[cfg(target_arch = "x86_64")]
        cell::compute::<Avx2>(),
        #[cfg(target_arch = "x86_64")]
        cell::compute::<Avx512>(),
        OddEven::cells(),
        cell::compute::<Portable>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
