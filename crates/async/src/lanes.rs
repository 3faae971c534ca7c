//! A limit on overlapping waits: that many lanes, each of which begins the next wait when one has ended.
//!
//! A semaphore and a task per wait would do the same, but cost a task and a wake-up for every wait:
//! here the lane that ends a wait begins the next immediately.

use crate::runtime::{Runtime, Task, join, opened, task};
use parallax_pattern::within::Within;
use parallax_pattern::{Answer, Await, Sequential, Wait, covers};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// A lane's results with their indices.
pub(crate) type Results = Vec<(usize, u64)>;

/// A task for each lane, which `drive` takes through its waits.
pub(crate) fn wait<W: Wait, D: Future<Output = Results> + Send + 'static>(
    runtime: &dyn Runtime,
    work: &Arc<W>,
    out: &mut [u64],
    drive: impl Fn(Arc<Lanes<W>>) -> D,
) -> Answer<()> {
    start(runtime, work, out, |k, lane, within| runtime.spawn(Some(k), task(within, drive(lane))))
}

/// The same, where `start` starts lane `k`: for timers that must stay on the thread that made them.
pub(crate) fn start<W: Wait>(
    runtime: &dyn Runtime,
    work: &Arc<W>,
    out: &mut [u64],
    start: impl Fn(usize, Arc<Lanes<W>>, &Within) -> Task,
) -> Answer<()> {
    covers(work.len(), out.len())?;
    let Some(within) = runtime.enter() else { return Sequential.wait(work, out) };
    let lanes = Lanes::of(work).into_iter().enumerate();
    for made in join(runtime, lanes.map(|(k, lane)| start(k, lane, &within)).collect())? {
        opened::<Results>(made).into_iter().for_each(|(i, result)| out[i] = result);
    }
    Ok(())
}

/// The shared counter from which each lane takes its next wait.
pub(crate) struct Lanes<W> {
    work: Arc<W>,
    next: AtomicUsize,
}

impl<W: Wait> Lanes<W> {
    /// As many lanes as waits may overlap.
    fn of(work: &Arc<W>) -> Vec<Arc<Self>> {
        let lanes = Arc::new(Lanes { work: work.clone(), next: AtomicUsize::new(0) });
        vec![lanes; work.limit().max(1).min(work.len())]
    }

    /// The next wait, begun. Relaxed: only the number itself is shared.
    pub(crate) fn begin(&self) -> Option<(usize, Duration)> {
        let i = self.next.fetch_add(1, Relaxed);
        (i < self.work.len()).then(|| (i, self.work.begin(i)))
    }

    /// The work after the waits.
    pub(crate) fn work(&self) -> &Arc<W> {
        &self.work
    }

    /// Goes through waits until none is left; returns their results with their indices.
    pub(crate) async fn drive<S: Future>(self: Arc<Self>, sleep: impl Fn(Duration) -> S) -> Results {
        let mut results = Vec::new();
        while let Some((i, time)) = self.begin() {
            sleep(time).await;
            results.push((i, self.work.end(i)));
        }
        results
    }
}
