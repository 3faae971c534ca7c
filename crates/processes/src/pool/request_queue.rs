//! Requests that wait for the background reader: first come, first served, until the pool is closed.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Error;
use crate::pool::waiter::Waiter;
use crate::shared::Region;

/// A chunk to run, and the callback for its reply.
pub(crate) struct Request {
    /// An encoded chunk of tasks.
    pub(crate) message: Vec<u8>,
    /// Memory that the message points to.
    pub(crate) in_flight: Vec<Region>,
    pub(crate) tasks: usize,
    pub(crate) time_limit: Option<Duration>,
    pub(crate) on_reply: OnReply,
    /// Requests of one batch can be cancelled together.
    pub(crate) batch: usize,
}

/// Called once, by the thread of the pool, so it should be brief.
pub(crate) type OnReply = Box<dyn FnOnce(Result<Vec<u8>, Error>) + Send>;

pub(crate) struct RequestQueue {
    state: Mutex<State>,
    pub(crate) waiter: Arc<Waiter>,
}

struct State {
    requests: VecDeque<Request>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// The pool was closed: submitted requests are finished.
    Closing,
    /// The pool was dropped: no request is finished.
    Stopped,
}

impl RequestQueue {
    pub(crate) fn new() -> io::Result<Self> {
        let state = State { requests: VecDeque::new(), phase: Phase::Open };
        Ok(Self { state: Mutex::new(state), waiter: Arc::new(Waiter::new()?) })
    }

    /// Whether the request was accepted; otherwise its reply is [`Error::Closed`].
    pub(crate) fn submit(&self, request: Request) -> bool {
        let mut state = self.state();
        if state.phase == Phase::Open {
            state.requests.push_back(request);
            drop(state);
            self.waiter.wake();
            return true;
        }
        drop(state);
        (request.on_reply)(Err(Error::Closed));
        false
    }

    /// Takes back the requests of a batch that have not begun.
    pub(crate) fn cancel(&self, batch: usize) {
        self.state().requests.retain(|request| request.batch != batch);
        self.waiter.wake(); // in a closed pool, the thread may wait only for these
    }

    /// Accepts no more requests; those already accepted are finished.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        if state.phase == Phase::Open {
            state.phase = Phase::Closing;
        }
        drop(state);
        self.waiter.wake();
    }

    /// Accepts no more requests, and begins none.
    pub(crate) fn stop(&self) {
        self.state().phase = Phase::Stopped;
        self.waiter.wake();
    }

    /// Whether the thread has work, or will have, given whether requests are under way.
    pub(crate) fn goes_on(&self, under_way: bool) -> bool {
        let state = self.state();
        match state.phase {
            Phase::Open => true,
            Phase::Closing => under_way || !state.requests.is_empty(),
            Phase::Stopped => false,
        }
    }

    /// Whether a request waits for a worker.
    pub(crate) fn has_requests(&self) -> bool {
        let state = self.state();
        state.phase != Phase::Stopped && !state.requests.is_empty()
    }

    pub(crate) fn pop(&self) -> Option<Request> {
        self.state().requests.pop_front()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    fn request(batch: usize, replies: &Sender<bool>) -> Request {
        let replies = replies.clone();
        let on_reply: OnReply = Box::new(move |reply| replies.send(reply.is_ok()).unwrap());
        Request { message: vec![], in_flight: vec![], tasks: 1, time_limit: None, on_reply, batch }
    }

    #[test]
    fn a_closed_queue_finishes_what_it_has_and_refuses_more() {
        let (queue, (sender, replies)) = (RequestQueue::new().unwrap(), channel());
        assert!(queue.submit(request(1, &sender)) && queue.submit(request(2, &sender)));
        queue.close();
        assert!(!queue.submit(request(3, &sender)));
        assert_eq!(replies.try_recv(), Ok(false), "refused at once");
        assert!(queue.goes_on(false) && queue.has_requests());
        queue.cancel(1);
        assert_eq!(queue.pop().map(|request| request.batch), Some(2));
        assert!(queue.goes_on(true) && !queue.goes_on(false));
    }

    #[test]
    fn a_stopped_queue_begins_nothing_and_closing_does_not_revive_it() {
        let (queue, (sender, _replies)) = (RequestQueue::new().unwrap(), channel());
        assert!(queue.submit(request(1, &sender)));
        queue.stop();
        queue.close();
        assert!(!queue.has_requests() && !queue.goes_on(true));
        assert!(queue.pop().is_some(), "left to be answered");
    }
}
