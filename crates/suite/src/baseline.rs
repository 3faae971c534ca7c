//! What the baseline's worker offers: one thread does everything, in order.

use crate::cell::{self, Cell};
use crate::workload::{Bubblesort, Sorted};
use parallax_pattern::{Answer, Question, Sequential};
use std::sync::Arc;

/// Everything that one thread answers.
pub fn cells() -> Vec<Cell> {
    [
        cell::instead(cell::execute::<Sequential>(), cell::cells(Question::Execute, bubblesort)),
        cell::remember::<Sequential>(),
        cell::exchange::<Sequential>(),
        cell::wait::<Sequential>(),
        cell::serve::<Sequential>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The one technique that needs nothing to be independent.
fn bubblesort(_: &Sequential, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()> {
    work.sort(out);
    Ok(())
}
