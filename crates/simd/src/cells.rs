//! The cells of this family's worker: its kernels as techniques on the suite's workloads.

use crate::{Autovectorised, Interleaved, OddEven, Portable, TimeTiles, WordMasks};
#[cfg(target_arch = "x86_64")]
use crate::{Avx2, Avx512};
use parallax_pattern::Sequential;
use parallax_suite::cell::{self, Cell};

/// All cells of this family, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::compute::<Autovectorised>(),
        #[cfg(target_arch = "x86_64")]
        cell::compute::<Avx2>(),
        #[cfg(target_arch = "x86_64")]
        Avx2::sorts(),
        #[cfg(target_arch = "x86_64")]
        cell::compute::<Avx512>(),
        #[cfg(target_arch = "x86_64")]
        Avx512::sorts(),
        Interleaved::cells(),
        OddEven::cells(),
        cell::compute::<Portable>(),
        Portable::sorts(),
        TimeTiles::cells(),
        WordMasks::<Sequential>::cells(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
