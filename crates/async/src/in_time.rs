//! Operations that are given up: as many lanes as may be under way, each with a runtime's own way to cancel.
//!
//! What a runtime says is how an operation that has begun is given up, and that is to drop the future that holds it: at
//! an await, at once, and with all that it owns. So nothing has to be told to anybody, and nothing leaks.

use crate::runtime::{Runtime, Task, join, opened, task};
use parallax_pattern::within::Within;
use parallax_pattern::{Answer, Cancel, Expire, Offers, Operation, Sequential, covers};
use std::sync::Arc;
use std::time::Duration;

/// What a lane gives: results with their places. What is not in it was cancelled or shed.
pub(crate) type Results = Vec<(usize, u64)>;

/// A task for each lane, which `drive` takes through its operations.
pub(crate) fn expire<W: Expire, D: Future<Output = Results> + Send + 'static>(
    runtime: &dyn Runtime,
    work: &Arc<W>,
    out: &mut [Option<u64>],
    drive: impl Fn(Arc<Offers<W>>) -> D,
) -> Answer<()> {
    start(runtime, work, out, |k, offers, within| runtime.spawn(Some(k), task(within, drive(offers))))
}

/// The same, where `start` starts lane `k`: for timers that must stay on the thread that made them.
pub(crate) fn start<W: Expire>(
    runtime: &dyn Runtime,
    work: &Arc<W>,
    out: &mut [Option<u64>],
    start: impl Fn(usize, Arc<Offers<W>>, &Within) -> Task,
) -> Answer<()> {
    covers(work.len(), out.len())?;
    let Some(within) = runtime.enter() else { return Sequential.expire(work, out) };
    out.fill(None);
    let offers = Arc::new(Offers::of(work));
    let lanes = (0..offers.lanes()).map(|k| start(k, offers.clone(), &within)).collect();
    for made in join(runtime, lanes)? {
        opened::<Results>(made).into_iter().for_each(|(i, result)| out[i] = Some(result));
    }
    Ok(())
}

/// Takes operations until none is left: sleeps until each is offered, and runs it by the runtime's own way.
pub(crate) async fn serve<W: Expire, S: Future, R: Future<Output = Option<u64>>>(
    offers: Arc<Offers<W>>,
    sleep: impl Fn(Duration) -> S,
    run: impl Fn(Operation<W>) -> R,
) -> Results {
    let mut results = Vec::new();
    while let Some((i, offered_in)) = offers.take() {
        if !offered_in.is_zero() {
            sleep(offered_in).await; // one of no length would take a tick of the timer
        }
        let Some(operation) = Operation::begin(offers.work(), i) else { continue };
        results.extend(run(operation).await.map(|result| (i, result)));
    }
    results
}
