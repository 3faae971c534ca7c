//! Other languages: the same kernels in C and Fortran, to see whether Rust pays anything for being Rust.
//!
//! | technique | language | threads | take it when |
//! |---|---|---|---|
//! | [`Foreign<C>`] | C | the caller's | you have proven code |
//! | [`count_words`](words::count_words) | C | one | a table of your own is worth its lines |
//! | [`Foreign<Fortran>`] | Fortran | the caller's | the same, and its authors know arrays |
//! | [`OpenMp`] | C with pragmas | a team of its own | your C code has the pragmas |
//! | [`mergesort`] | C, and a task for each half | one; a team | you have the code, or equal items must keep order |
//! | [`qsort`](qsort::qsort) | C's library | one | never: it shows the cost of a call for each comparison |
//!
//! Each kernel is a method of [`Build`](kernels::Build) over your own slices, whose shapes it checks:
//!
//! ```
//! use parallax_ffi::kernels::{Build, Language};
//!
//! let mut product = [0.0; 4];
//! for language in [Language::C, Language::Fortran] {
//!     let Ok(build) = Build::find(language) else { continue }; // there was no compiler
//!     build.matmul([2, 3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[1.0; 6], &mut product);
//!     assert_eq!(product, [6.0, 6.0, 15.0, 15.0]);
//! }
//! ```
//!
//! The functions are in `c/` and `fortran/`, and their callers in a file for each workload. They are compiled once for
//! each instruction set, and [`Build::find`](kernels::Build::find) chooses, as in the other families: a comparison of
//! languages should not be one of compiler flags. All of them return exactly the bits of the definitions, because a
//! fused multiply-add is allowed only where it changes none. Exceptions are the formulas that take functions from a
//! vector library ([`expression`]).
//!
//! # Features
//!
//! `worker` adds the measurement of these kernels at Parallax's own workloads: the techniques above as cells, and the
//! program `ffi` that the harness starts.

pub mod bubblesort;
#[cfg(feature = "worker")]
mod cells;
pub mod comparison;
pub mod expression;
pub mod foreign;
pub mod gridsearch;
pub mod heat;
pub mod histogram;
pub mod julia;
pub mod kernels;
pub mod matmul;
pub mod mergesort;
pub mod montecarlo;
pub mod openmp;
pub mod pairwise;
pub mod qsort;
pub mod stream;
pub mod words;

#[cfg(feature = "worker")]
pub use self::cells::cells;
pub use self::foreign::{C, Foreign, Fortran};
pub use self::openmp::OpenMp;

/// Compiles and runs the README's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
