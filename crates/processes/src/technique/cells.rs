//! The cells that this family measures, by name.

use super::private_caches::{Keys, remember};
use super::sent::Sent;
use super::{
    MessagePipes, MessageRings, Pipes, Prefork, PrivateCaches, SharedCounters, SharedMemory, SharedSeqlock,
    failed,
};
use parallax_pattern::{Answer, No, Policy, Question, Recalled};
use parallax_suite::cell::{self, Cell};
use parallax_suite::workload::{Comparison, Expression, Memo, Remembered, Workload};
use std::sync::Arc;

/// The cells that this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::exchange::<MessagePipes>(),
        cell::wait::<MessagePipes>(),
        cell::cancel::<MessagePipes>(),
        cell::exchange::<MessageRings>(),
        cell::instead(cell::execute::<Pipes>(), only_copied()),
        parallax_runner::serve::<Prefork>(),
        cell::cells(Question::Remember, memo),
        cell::share::<SharedCounters>(),
        cell::execute::<SharedMemory>(),
        cell::guard::<SharedSeqlock>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The reason for not sending arrays: an expression does too few operations with each element.
const SHIPS: No = No::Unfit("ships more than it works: an element is copied four times for a few operations");

fn only_copied() -> Vec<Cell> {
    let comparison = cell::cells::<Pipes, Comparison>(Question::Execute, |_, _, _| Err(SHIPS));
    let expression = cell::cells::<Pipes, Expression>(Question::Execute, |_, _, _| Err(SHIPS));
    comparison.into_iter().chain(expression).collect()
}

/// The calls are counted in the workers, where they are made, and so are reported with the hits.
fn memo(caches: &PrivateCaches, work: &Arc<Memo>, out: &mut Remembered) -> Answer<()> {
    let sent = Sent::new(work)?;
    let parts = caches.pool.broadcast(answer, |worker| (sent.clone(), caches.share(&**work, worker)));
    let mut all = Recalled { sum: 0, hits: 0, policy: Policy::Bounded };
    let mut all_calls = 0;
    for (sum, hits, calls) in parts.map_err(failed)? {
        all = Recalled { sum: all.sum.wrapping_add(sum), hits: all.hits + hits, ..all };
        all_calls += calls;
    }
    out.record(all, all_calls);
    Ok(())
}

/// Runs in the workers. Counts the calls with the workload's own counter in this process.
fn answer((work, keys): (Sent<Memo>, Keys)) -> (u64, u64, u64) {
    let (mut out, mut found) = (work.output(), (0, 0));
    let counted = out.recall(&work, || {
        found = remember(&*work, keys);
        Ok(Recalled { sum: found.0, hits: found.1, policy: Policy::Bounded })
    });
    counted.expect("remembering does not fail");
    (found.0, found.1, out.calls())
}
