//! Other languages: the same kernels in C and Fortran, to see whether Rust pays anything for being Rust.
//!
//! | technique | language | threads | take it when |
//! |---|---|---|---|
//! | [`Foreign<C>`] | C | whoever spreads it | the code is there, and proven |
//! | [`Foreign<Fortran>`] | Fortran | whoever spreads it | the same, and its authors know arrays |
//! | [`OpenMp`] | C with pragmas | a team of its own | the C code is there, and has the pragmas |
//!
//! The kernels stand in `c/` and `fortran/`, and what calls them in a file for each workload. They are
//! compiled once for each instruction set, and [`Build`](kernels::Build) chooses when a technique
//! starts, as the other families do: a comparison of languages should not be one of compiler flags.
//! All of them give the bits that the definitions ask for, because a fused multiply-add is allowed
//! only where it changes none.

pub mod bubblesort;
pub mod comparison;
pub mod expression;
pub mod foreign;
pub mod gridsearch;
pub mod heat;
pub mod histogram;
pub mod julia;
pub mod kernels;
pub mod matmul;
pub mod montecarlo;
pub mod openmp;
pub mod pairwise;
pub mod stream;

pub use self::foreign::{C, Foreign, Fortran};
pub use self::openmp::OpenMp;

use parallax_suite::cell::{self, Cell};

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [cell::compute::<Foreign<C>>(), cell::compute::<Foreign<Fortran>>(), openmp::cells()]
        .into_iter()
        .flatten()
        .collect()
}
