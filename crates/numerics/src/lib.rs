//! Array libraries: whole-array notation, the cost of its temporaries, and linear algebra that others tuned.
//!
//! The kernels are functions over your own slices:
//!
//! ```
//! use parallax_numerics::{NdArray, matmul::matmul, pairwise::pairwise};
//!
//! let mut product = [0.0; 4];
//! matmul(&NdArray, [2, 3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[1.0; 6], &mut product);
//! assert_eq!(product, [6.0, 6.0, 15.0, 15.0]);
//!
//! let mut distances = [0.0; 4];
//! pairwise(&[[0.0, 0.0], [3.0, 4.0]], &mut distances);
//! assert_eq!(distances, [0.0, 5.0, 5.0, 0.0]);
//! ```
//!
//! | module | computes |
//! |---|---|
//! | [`expression`] | a formula of yours, element by element |
//! | [`gridsearch`] | ridge regression |
//! | [`heat`] | a step of diffusion on a torus |
//! | [`julia`] | escape counts |
//! | [`matmul`] | matrix products, by the library that you choose |
//! | [`montecarlo`] | random points in a quarter circle |
//! | [`pairwise`] | distances between all pairs of points |
//! | [`parallel`] | most of these on all cores |
//! | [`stream`] | `a += b + factor * c` |
//!
//! Most of them are written in several ways, and these are the techniques:
//!
//! | technique | one line of code is | threads | take it when |
//! |---|---|---|---|
//! | [`Faer`] | a product of matrices or triangles | one | factorisations of large matrices are wanted too |
//! | [`Gemm`] | a matrix product | the caller's | matrix products take most of the time |
//! | [`NdArray`] | a walk over arrays in lock step | the caller's | data has shapes, slices and axes |
//! | `NdArrayParallel` | the same walk, halved by rayon | its own | the same, on all cores |
//! | `NdArrayTemporaries` | an operator on whole arrays | the caller's | arrays are small, or formulas matter most |
//! | `NdArrayTwoStep` | an operator that assigns | one | arrays are large, and formulas still matter |
//! | [`OpenBlas`] | a call of a BLAS | its own | it is installed, and you need the rest of LAPACK too |
//! | `SmartCore` | a model, fitted | one | the model matters, and its time does not |
//!
//! A tuned product is faster than loops by blocking and vectors. Walks are no faster: they replace the loops that
//! you would write. Operators pay for the traffic to memory.
//!
//! The card of a technique says whether it uses more than one core, in which case nothing else can spread it;
//! this is compared with the cores that it is seen to use.
//!
//! # Features
//!
//! - `faer` adds the library of linear algebra of that name, which takes minutes to compile.
//! - `smartcore` adds the machine-learning library of that name.
//! - `worker` adds the measurement of these kernels at Parallax's own workloads: the techniques above as cells,
//!   and the program `numerics` that the harness starts.

mod blocks;
#[cfg(feature = "worker")]
mod cells;
pub mod expression;
mod faer; // private, as it is named like its crate
mod gemm; // as above
pub mod gridsearch;
pub mod heat;
pub mod julia;
pub mod matmul;
pub mod montecarlo;
pub mod openblas;
pub mod pairwise;
pub mod parallel;
#[cfg(feature = "worker")]
pub mod smart_core;
pub mod stream;
#[cfg(feature = "worker")]
pub mod temporaries;
#[cfg(feature = "worker")]
pub mod two_step;
pub mod zip;

#[cfg(feature = "worker")]
pub use self::cells::cells;
pub use self::faer::Faer;
pub use self::gemm::Gemm;
pub use self::openblas::OpenBlas;
#[cfg(feature = "worker")]
pub use self::parallel::NdArrayParallel;
#[cfg(feature = "worker")]
pub use self::smart_core::SmartCore;
#[cfg(feature = "worker")]
pub use self::temporaries::NdArrayTemporaries;
#[cfg(feature = "worker")]
pub use self::two_step::NdArrayTwoStep;
pub use self::zip::NdArray;

/// Compiles and runs the README's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
