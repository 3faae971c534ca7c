//! The cells of this family's worker: each technique at the workloads that it supports.

use crate::{Faer, Gemm, NdArray, NdArrayParallel, NdArrayTemporaries, NdArrayTwoStep, OpenBlas, SmartCore};
use parallax_pattern::Question::Compute;
use parallax_suite::cell::{self, Cell};

/// Why arrays have no histogram.
pub(crate) const NO_SCATTER: &str =
    "an array operation writes each element once; counting writes at places that the data choose";

/// Why arrays have no search.
pub(crate) const NO_SEARCH: &str =
    "an array operation works on existing arrays, and nodes are found one by one";

/// Why arrays have no bubble sort.
pub(crate) const NO_CHAIN: &str =
    "an array operation works on all elements together, and here each step needs the one before";

/// All cells of this family, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::cells(Compute, Faer::gridsearch),
        cell::cells(Compute, Faer::matmul),
        cell::cells(Compute, Faer::matmul32),
        cell::compute::<Gemm>(),
        cell::compute::<NdArray>(),
        cell::cells(Compute, NdArrayParallel::bubblesort),
        cell::cells(Compute, NdArrayParallel::comparison),
        cell::cells(Compute, NdArrayParallel::gridsearch),
        cell::cells(Compute, NdArrayParallel::heat),
        cell::cells(Compute, NdArrayParallel::julia),
        cell::cells(Compute, NdArrayParallel::matmul),
        cell::cells(Compute, NdArrayParallel::matmul32),
        cell::cells(Compute, NdArrayParallel::montecarlo),
        cell::cells(Compute, NdArrayParallel::pairwise),
        cell::cells(Compute, NdArrayParallel::stream),
        cell::compute::<NdArrayTemporaries>(),
        cell::cells(Compute, NdArrayTwoStep::stream),
        cell::cells(Compute, OpenBlas::gridsearch),
        cell::cells(Compute, OpenBlas::matmul),
        cell::cells(Compute, OpenBlas::matmul32),
        cell::cells(Compute, SmartCore::gridsearch),
    ]
    .into_iter()
    .flatten()
    .collect()
}
