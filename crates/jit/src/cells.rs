//! The cells of this family's worker: each way to evaluate the suite's expressions, and two of them spread over
//! the cores.

use crate::technique::{Cranelift, Interpreter, TreeWalk, Unfused};
use parallax_suite::cell::{Cell, compute, product};
use parallax_threading::Rayon;

/// All cells of this family, by name.
pub fn cells() -> Vec<Cell> {
    [
        compute::<Cranelift>(),
        expressions(product::<Cranelift, Rayon>()),
        compute::<Interpreter>(),
        expressions(product::<Interpreter, Rayon>()),
        compute::<TreeWalk>(),
        compute::<Unfused>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Only the expressions: other refusals are the same on all threads as on one, and are listed once.
fn expressions(mut cells: Vec<Cell>) -> Vec<Cell> {
    cells.retain(|cell| cell.workload == "expression");
    cells
}
