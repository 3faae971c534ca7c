//! At most so many waits at once: as many lanes, each of which begins the next wait when one has ended.
//!
//! A semaphore and a task per wait say the same, and cost a task and the wake-up of whoever gets
//! the permit for every wait: here the lane that ends a wait begins the next at once.

use parallax_pattern::Wait;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// The waits that no lane has begun.
pub(crate) struct Lanes<W> {
    work: Arc<W>,
    next: AtomicUsize,
}

impl<W: Wait> Lanes<W> {
    /// As many lanes as waits may be under way.
    pub(crate) fn of(work: &Arc<W>) -> Vec<Arc<Self>> {
        let lanes = Arc::new(Lanes { work: work.clone(), next: AtomicUsize::new(0) });
        vec![lanes; work.limit().max(1).min(work.len())]
    }

    /// The next wait, begun. Relaxed: only the number itself is shared.
    pub(crate) fn begin(&self) -> Option<(usize, Duration)> {
        let i = self.next.fetch_add(1, Relaxed);
        (i < self.work.len()).then(|| (i, self.work.begin(i)))
    }

    /// What follows the waits.
    pub(crate) fn work(&self) -> &Arc<W> {
        &self.work
    }

    /// Goes through waits until none is left; gives their results with their places.
    pub(crate) async fn drive<S: Future>(
        self: Arc<Self>,
        sleep: impl Fn(Duration) -> S,
    ) -> Vec<(usize, u64)> {
        let mut results = Vec::new();
        while let Some((i, time)) = self.begin() {
            sleep(time).await;
            results.push((i, self.work.end(i)));
        }
        results
    }
}

/// Puts a lane's results into their places.
pub(crate) fn place(results: Vec<(usize, u64)>, out: &mut [u64]) {
    results.into_iter().for_each(|(i, result)| out[i] = result);
}
