//! What one thread answers, in order; its worker answers clients as well.

use crate::cell::{self, Cell};
use crate::workload::{Bubblesort, Sorted};
use parallax_pattern::{Answer, Question, Sequential};
use std::sync::Arc;

/// Everything that one thread answers, but for clients.
pub fn cells() -> Vec<Cell> {
    [
        cell::instead(cell::execute::<Sequential>(), cell::cells(Question::Execute, bubblesort)),
        cell::remember::<Sequential>(),
        cell::exchange::<Sequential>(),
        cell::wait::<Sequential>(),
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
