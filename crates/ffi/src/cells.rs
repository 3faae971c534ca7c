//! The cells of this family's worker: each language at every workload.

use crate::{C, Foreign, Fortran, mergesort, openmp, qsort::Qsort, words::CTable};
use parallax_suite::cell::{self, Cell};

/// All cells of this family, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::compute::<Foreign<C>>(),
        mergesort::in_c(),
        CTable::cells(),
        cell::compute::<Foreign<Fortran>>(),
        openmp::cells(),
        mergesort::with_tasks(),
        Qsort::cells(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
