//! What this family measures: each language at every workload.

use crate::{C, Foreign, Fortran, openmp, qsort::Qsort};
use parallax_suite::cell::{self, Cell};

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [cell::compute::<Foreign<C>>(), cell::compute::<Foreign<Fortran>>(), openmp::cells(), Qsort::cells()]
        .into_iter()
        .flatten()
        .collect()
}
