//! A thread that keeps deadlines for others: it cancels a late operation by closing the channel on which that sleeps.
//!
//! ```
//! use std::sync::mpsc::{self, RecvTimeoutError};
//! use std::{thread, time::Duration};
//!
//! let (open, cancelled) = mpsc::channel::<()>();
//! let operation = thread::spawn(move || match cancelled.recv_timeout(Duration::from_secs(3600)) {
//!     Err(RecvTimeoutError::Timeout) => "done",
//!     _ => "given up", // the other end is gone
//! });
//! drop(open); // cancels
//! assert_eq!(operation.join().unwrap(), "given up");
//! ```
//!
//! A thread cannot be cancelled from outside: besides its own event it has to wait for the cancellation. If it blocks
//! in a call that cannot wait for both, it runs to its end, and its caller has only stopped listening.

use parallax_pattern::{Answer, Expire, Operation, Span, team};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

/// The sending end to the thread that keeps the time.
#[derive(Debug)]
pub(crate) struct Timekeeper {
    requests: Sender<Request>,
}

/// When to cancel, and the sender to drop then.
type Request = (Instant, Sender<()>);

impl Timekeeper {
    /// Runs `run` with a timekeeper, which ends with it.
    ///
    /// # Errors
    ///
    /// If its thread cannot be started; and those of `run`.
    pub(crate) fn with(run: impl FnOnce(Timekeeper) -> Answer<()>) -> Answer<()> {
        let (requests, asked) = channel();
        thread::scope(|s| {
            let started = Builder::new().spawn_scoped(s, || keep(asked));
            started.map_err(|error| team::not_started(&error))?;
            run(Timekeeper { requests }) // drops the sender at the end, which ends the thread
        })
    }

    /// Runs an operation on the calling thread, until it is over or cancelled.
    pub(crate) fn run<W: Expire>(&self, operation: Operation<W>) -> Option<u64> {
        let Span { lasts, cancel_after } = operation.span();
        match self.closed_after(cancel_after).recv_timeout(lasts) {
            Err(RecvTimeoutError::Timeout) => operation.end(),
            _ => None, // the operation is dropped
        }
    }

    /// A channel that is closed after a time.
    #[expect(clippy::disallowed_methods, reason = "a deadline is a moment")]
    fn closed_after(&self, time: Duration) -> Receiver<()> {
        let (open, closed) = channel();
        self.requests.send((Instant::now() + time, open)).expect("the timekeeper outlives its users");
        closed
    }
}

/// Drops each sender when its time has come, until there can be no more requests.
#[expect(clippy::disallowed_methods, reason = "the time left until a moment")]
fn keep(asked: Receiver<Request>) {
    let mut open: BTreeMap<(Instant, u64), Sender<()>> = BTreeMap::new();
    for number in 0u64.. {
        let request = match open.first_key_value() {
            Some(((next, _), _)) => asked.recv_timeout(next.saturating_duration_since(Instant::now())),
            None => asked.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match request {
            Ok((at, sender)) => drop(open.insert((at, number), sender)), // the number keeps equal moments apart
            Err(RecvTimeoutError::Timeout) => drop(open.pop_first()),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn what_is_due_first_is_closed_first_and_the_end_closes_all() {
        let mut kept = None;
        Timekeeper::with(|timekeeper| {
            let never = timekeeper.closed_after(HOUR);
            let soon = timekeeper.closed_after(Duration::from_millis(1));
            assert_eq!(soon.recv_timeout(HOUR), Err(RecvTimeoutError::Disconnected));
            assert_eq!(never.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout), "it has an hour");
            kept = Some(never);
            Ok(())
        })
        .unwrap();
        let closed = kept.map(|never| never.recv_timeout(Duration::ZERO));
        assert_eq!(closed, Some(Err(RecvTimeoutError::Disconnected)), "its timekeeper has ended");
    }
}
