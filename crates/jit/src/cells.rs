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

/// Whoever spreads a kernel spreads all of them alike, so a refusal need not be said twice.
fn expressions(mut cells: Vec<Cell>) -> Vec<Cell> {
    cells.retain(|cell| cell.workload == "expression");
    cells
}
