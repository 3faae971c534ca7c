//! What this family measures, by name.

use crate::Mpi;
use parallax_suite::cell::{self, Cell};

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    cell::execute::<Mpi>()
}
