//! What this family measures: each way to evaluate the suite's expressions, and two of them spread over the cores.

use crate::technique::{Cranelift, Interpreter, TreeWalk, Unfused};
use parallax_suite::cell::{Cell, compute, product};
use parallax_threading::Rayon;

/// What this family measures, by name.
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

/// Only these: what a kernel refuses on one thread it refuses on all, and that is said once.
fn expressions(mut cells: Vec<Cell>) -> Vec<Cell> {
    cells.retain(|cell| cell.workload == "expression");
    cells
}
