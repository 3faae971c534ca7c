//! Array libraries: whole-array notation, what its temporaries cost, and linear algebra that others tuned.
//!
//! | technique | what a line of code is | threads | take it when |
//! |---|---|---|---|
//! | [`Gemm`] | a matrix product | whoever spreads it | products of matrices are what takes the time |
//! | [`NdArray`] | a walk over arrays in lock step | whoever spreads it | data has shapes, slices and axes |
//! | [`NdArrayParallel`] | the same walk, halved by rayon | its own | the same, on all cores |
//! | [`NdArrayTemporaries`] | an operator on whole arrays | whoever spreads it | arrays are small, or formulas matter most |
//! | [`NdArrayTwoStep`] | an operator that assigns | one | arrays are large, and formulas still matter |
//! | [`OpenBlas`] | a call of a BLAS | its own | it is there, and the rest of LAPACK is needed too |
//! | [`SmartCore`] | a model, fitted | one | the model matters, and its time does not |
//!
//! What a tuned product gains over loops is blocking and vectors. Walks gain no speed: they stand for the
//! loops that one would write. Operators pay for what goes through memory.
//!
//! Which of them use more cores than one, and so cannot be spread by others, is on their cards and is
//! held against the cores that they are seen to use.

mod blocks;
pub mod expression;
pub mod gemm;
pub mod gridsearch;
pub mod heat;
pub mod julia;
pub mod matmul;
pub mod montecarlo;
pub mod openblas;
pub mod pairwise;
pub mod parallel;
pub mod ridge;
pub mod stream;
pub mod temporaries;
pub mod two_step;
pub mod zip;

pub use self::gemm::Gemm;
pub use self::openblas::OpenBlas;
pub use self::parallel::NdArrayParallel;
pub use self::ridge::SmartCore;
pub use self::temporaries::NdArrayTemporaries;
pub use self::two_step::NdArrayTwoStep;
pub use self::zip::NdArray;

use parallax_pattern::Question::Compute;
use parallax_suite::cell::{self, Cell};

/// Why arrays have no histogram.
const NO_SCATTER: &str = "an operation writes each element once; counting writes where the data say";

/// Why arrays have no bubble sort.
const NO_CHAIN: &str = "an operation works on all elements at once, and here each step needs the one before";

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::compute::<Gemm>(),
        cell::compute::<NdArray>(),
        cell::cells(Compute, NdArrayParallel::bubblesort),
        cell::cells(Compute, NdArrayParallel::comparison),
        cell::cells(Compute, NdArrayParallel::gridsearch),
        cell::cells(Compute, NdArrayParallel::heat),
        cell::cells(Compute, NdArrayParallel::julia),
        cell::cells(Compute, NdArrayParallel::matmul),
        cell::cells(Compute, NdArrayParallel::montecarlo),
        cell::cells(Compute, NdArrayParallel::pairwise),
        cell::cells(Compute, NdArrayParallel::stream),
        cell::compute::<NdArrayTemporaries>(),
        cell::cells(Compute, NdArrayTwoStep::stream),
        cell::cells(Compute, OpenBlas::gridsearch),
        cell::cells(Compute, OpenBlas::matmul),
        cell::cells(Compute, SmartCore::gridsearch),
    ]
    .into_iter()
    .flatten()
    .collect()
}
