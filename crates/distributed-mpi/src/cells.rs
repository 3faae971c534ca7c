//! The cells that this family's worker measures, by name.

use crate::Mpi;
use parallax_suite::cell::{self, Cell};

/// The cells of this family, by name.
pub fn cells() -> Vec<Cell> {
    cell::execute::<Mpi>()
}
