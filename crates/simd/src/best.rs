//! The best instruction set that may be used here, detected once: the functions over slices use it.

use crate::lanes::{Job, Machine, portable::Portable};
#[cfg(target_arch = "x86_64")]
use crate::lanes::{avx2::Avx2, avx512::Avx512};
use parallax_pattern::isa::Isa;
use std::sync::OnceLock;

/// The largest instruction set that the processor has and `PARALLAX_ISA` allows. The variable is read only at the
/// first call.
///
/// # Panics
///
/// If the variable does not name an instruction set.
pub fn isa() -> Isa {
    static BEST: OnceLock<Isa> = OnceLock::new();
    *BEST.get_or_init(|| Isa::detect().unwrap_or_else(|no| panic!("{no}")))
}

/// Does a job with the vectors of [`isa`].
///
/// # Panics
///
/// As [`isa`].
pub fn run<J: Job>(job: J) -> J::Out {
    run_on(isa(), job)
}

/// Does a job with the vectors of a set: by hand where they exist, else by the library.
pub fn run_on<J: Job>(isa: Isa, job: J) -> J::Out {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(avx512) = Avx512::for_isa(isa) {
            return avx512.run(job);
        }
        if let Some(avx2) = Avx2::for_isa(isa) {
            return avx2.run(job);
        }
    }
    Portable::of(isa).run(job)
}
