//! The cells that this family's worker measures, by name.

use super::{JobsRedis, JobsSqlite};
use parallax_pattern::{Distribute, No, Question};
use parallax_suite::cell::{self, Cell};
use parallax_suite::workload::{Comparison, Expression};

/// The cells of this family, by name.
pub fn cells() -> Vec<Cell> {
    [cells_of::<JobsRedis>(), cells_of::<JobsSqlite>()].into_iter().flatten().collect()
}

/// Why expressions are refused: an array is not worth sending for a few operations per element.
const SHIPS: No =
    No::Unfit("ships more than it works: an element goes through the queue for a few operations");

fn cells_of<T: Distribute>() -> Vec<Cell> {
    let comparison = cell::cells::<T, Comparison>(Question::Execute, |_, _, _| Err(SHIPS));
    let expression = cell::cells::<T, Expression>(Question::Execute, |_, _, _| Err(SHIPS));
    cell::instead(cell::execute::<T>(), comparison.into_iter().chain(expression).collect())
}
