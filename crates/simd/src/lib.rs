//! SIMD: one instruction for many numbers.

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
pub mod packed;
pub mod pairwise;
pub mod stream;

pub use self::packed::Packed;

use lanes::portable::Portable;
use parallax_suite::cell::{self, Cell};

/// AVX2 by hand.
#[cfg(target_arch = "x86_64")]
pub type Avx2 = Packed<lanes::avx2::Avx2>;
/// AVX-512 by hand.
#[cfg(target_arch = "x86_64")]
pub type Avx512 = Packed<lanes::avx512::Avx512>;
/// Packed types of a library.
pub type PortableTypes = Packed<Portable>;

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [cell::compute::<Avx2>(), cell::compute::<Avx512>(), cell::compute::<PortableTypes>()]
        .into_iter()
        .flatten()
        .collect()
}
