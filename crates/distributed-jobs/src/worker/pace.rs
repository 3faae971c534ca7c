//! How many jobs a worker claims at a time: many short ones, as a claim is a commit; few long ones, for which others
//! may wait.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The work of a claim: long compared with a commit, and short enough where others wait for the last jobs.
const WORTH: Duration = Duration::from_millis(5);
/// The largest claim: a worker that dies leaves this many jobs for others to take over.
const MOST: usize = 512;

/// The pace of a worker's jobs, and how many it has claimed and not yet finished.
#[derive(Debug)]
pub(super) struct Pace(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    size: usize,
    open: usize,
    /// The jobs of the last claim.
    last: usize,
    /// Jobs that ran since the last claim, and their total time.
    ran: usize,
    took: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace(Mutex::new(Inner { size: 1, open: 0, last: 0, ran: 0, took: Duration::ZERO }))
    }
}

impl Pace {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many jobs to claim now; none while enough are open.
    pub(super) fn wanted(&self) -> usize {
        let inner = self.inner();
        if inner.open > inner.last / 2 { 0 } else { inner.size }
    }

    pub(super) fn claimed(&self, count: usize) {
        let mut inner = self.inner();
        if inner.ran > 0 {
            inner.size = next_size(inner.size, inner.ran, inner.took);
        }
        *inner =
            Inner { size: inner.size, open: inner.open + count, last: count, ran: 0, took: Duration::ZERO };
    }

    pub(super) fn ran(&self, took: Duration) {
        let mut inner = self.inner();
        inner.ran += 1;
        inner.took += took;
    }

    pub(super) fn saved(&self, count: usize) {
        let mut inner = self.inner();
        inner.open = inner.open.saturating_sub(count);
    }
}

/// The number of jobs that take `WORTH` at the pace of the last ones; it grows step by step, as the next may be longer.
fn next_size(size: usize, ran: usize, took: Duration) -> usize {
    let at_this_pace = ran as f64 * WORTH.as_secs_f64() / took.as_secs_f64().max(1e-6);
    (at_this_pace as usize).clamp(size / 4, 4 * size).clamp(1, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_grow_with_short_jobs_and_shrink_with_long_ones() {
        let millis = Duration::from_millis;
        assert_eq!(next_size(1, 1, Duration::from_micros(50)), 4, "no jump");
        assert_eq!(next_size(64, 64, millis(1)), 256);
        assert_eq!(next_size(512, 512, millis(1)), MOST);
        assert_eq!(next_size(64, 20, millis(5)), 20);
        assert_eq!(next_size(8, 1, millis(5000)), 2);
        assert_eq!(next_size(1, 1, millis(5000)), 1, "never none");
    }

    #[test]
    fn nothing_more_is_claimed_while_enough_is_at_hand() {
        let pace = Pace::default();
        assert_eq!(pace.wanted(), 1);
        pace.claimed(1);
        assert_eq!(pace.wanted(), 0);
        pace.saved(1);
        assert_eq!(pace.wanted(), 1);
        pace.claimed(4);
        pace.saved(1);
        assert_eq!(pace.wanted(), 0, "three of four are open");
        pace.saved(1);
        assert_eq!(pace.wanted(), 1, "the next ones come while the last are run");
    }
}
