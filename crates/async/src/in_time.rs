//! Operations with deadlines: as many lanes as operations may overlap, each with the runtime's way to cancel.
//!
//! A runtime cancels an operation that has begun by dropping its future: at an await, immediately, and with all that it
//! owns. So no other task has to be notified, and nothing leaks.

use crate::runtime::{Runtime, Task, join, opened, task};
use parallax_pattern::within::Within;
use parallax_pattern::{Answer, Cancel, Expire, Offers, Operation, Sequential, covers};
use std::sync::Arc;
use std::time::Duration;

/// A lane's results with their indices. The missing ones were cancelled or shed.
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

/// Takes operations until none is left: sleeps until each is offered, and runs it with the runtime's timeout.
pub(crate) async fn serve<W: Expire, S: Future, R: Future<Output = Option<u64>>>(
    offers: Arc<Offers<W>>,
    sleep: impl Fn(Duration) -> S,
    run: impl Fn(Operation<W>) -> R,
) -> Results {
    let mut results = Vec::new();
    while let Some((i, offered_in)) = offers.take() {
        if !offered_in.is_zero() {
            sleep(offered_in).await; // a sleep of no length would take a tick of the timer
        }
        let Some(operation) = Operation::begin(offers.work(), i) else { continue };
        results.extend(run(operation).await.map(|result| (i, result)));
    }
    results
}
