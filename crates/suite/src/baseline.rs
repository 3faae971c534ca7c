//! The cells of the baseline: one thread that does everything in order; its worker answers clients as well.

use crate::cell::{self, Cell};
use crate::workload::{Bubblesort, Ordered, Sort, Sorted};
use parallax_pattern::{Answer, Card, Cores, Question, Sequential, Technique};
use std::sync::Arc;

/// All cells of the baseline, except those of servers.
pub fn cells() -> Vec<Cell> {
    [
        cell::instead(cell::execute::<Sequential>(), cell::cells(Question::Execute, bubblesort)),
        cell::guard::<Sequential>(),
        cell::remember::<Sequential>(),
        cell::exchange::<Sequential>(),
        cell::wait::<Sequential>(),
        cell::cancel::<Sequential>(),
        cell::cells(Question::Execute, SequentialStable::sort),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Bubble sort: the baseline is the only technique that needs no independent pieces.
fn bubblesort(_: &Sequential, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()> {
    work.sort(out);
    Ok(())
}

/// The stable sort of the standard library: the cost of keeping equal items in order where that is not needed. Where it
/// is needed, the baseline uses it.
#[derive(Debug)]
struct SequentialStable;

impl Technique for SequentialStable {
    const CARD: Card = Card {
        name: "sequential-stable",
        idea: "one thread, and the stable sort of the standard library: runs that are in order are merged",
        gives: "equal items keep their order",
        costs: "room for half of the items, and the time of a merge where a partition is faster",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
    const ALGORITHM: &'static str = "stable";
    fn start(_: usize) -> Answer<Self> {
        Ok(SequentialStable)
    }
}

impl SequentialStable {
    fn sort(&self, work: &Arc<Sort>, out: &mut Ordered<u64>) -> Answer<()> {
        let out = out.items_mut();
        out.copy_from_slice(work.keys());
        out.sort();
        Ok(())
    }
}
