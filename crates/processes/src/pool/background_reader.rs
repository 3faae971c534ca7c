//! The thread that reads replies for which no caller waits; started when it is first needed.
//!
//! Without it, a caller that has requested a result and does something else would keep a worker from
//! all others, and from itself: a loop over `map_unordered` that calls `apply` would wait forever.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::error::Error;
use crate::pool::pool_state::PoolState;
use crate::pool::request_queue::{OnReply, Request, RequestQueue};
use crate::pool::worker_set::{Event, Job, WorkerSet};

/// The thread, once there is one, and its queue.
#[derive(Default)]
pub(crate) struct BackgroundReader {
    thread: Mutex<Option<(JoinHandle<()>, Arc<RequestQueue>)>>,
}

impl BackgroundReader {
    /// Where requests can be submitted; starts the thread.
    pub(crate) fn queue(&self, state: &Arc<PoolState>) -> Result<Arc<RequestQueue>, Error> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, queue)) = &*thread {
            return Ok(Arc::clone(queue));
        }
        let queue = Arc::new(RequestQueue::new().map_err(Error::Wait)?);
        let (state, theirs) = (Arc::clone(state), Arc::clone(&queue));
        let handle = thread::Builder::new()
            .name("parallax-reader".into())
            .spawn(move || {
                let set = WorkerSet::with_waiter(&state, Arc::clone(&theirs.waiter));
                Reader { set, under_way: HashMap::new(), next: 0 }.run(&theirs);
            })
            .map_err(Error::Spawn)?;
        *thread = Some((handle, Arc::clone(&queue)));
        Ok(queue)
    }

    /// Accepts no more requests.
    pub(crate) fn refuse_new(&self) {
        if let Some((_, queue)) = &*self.thread.lock().unwrap_or_else(PoisonError::into_inner) {
            queue.close();
        }
    }

    /// Finishes what was submitted, and ends the thread.
    pub(crate) fn finish(&self) {
        self.end(RequestQueue::close);
    }

    /// Ends the thread immediately; requests that are not done by then get [`Error::Closed`].
    pub(crate) fn stop(&self) {
        self.end(RequestQueue::stop);
    }

    fn end(&self, how: fn(&RequestQueue)) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((thread, queue)) = thread.take() {
            how(&queue);
            let _ = thread.join();
        }
    }
}

/// The requests under way in the thread.
struct Reader<'p> {
    set: WorkerSet<'p>,
    /// By job.
    under_way: HashMap<usize, OnReply>,
    next: usize,
}

impl Reader<'_> {
    fn run(mut self, queue: &RequestQueue) {
        loop {
            self.start_requests(queue);
            // Checked afterwards, since the requests just started may have failed already, and then there is no wait.
            if !queue.goes_on(!self.under_way.is_empty()) {
                break;
            }
            match self.set.wait() {
                Ok(Event::Done(job, worker)) => {
                    let reply = worker.peek().reply().to_vec();
                    // The worker is free for others before the result is visible.
                    drop(worker);
                    self.report(job, Ok(reply));
                }
                Ok(Event::Lost(job, error)) => self.report(job, Err(error)),
                Ok(Event::Woken) => {}
                // A thread that cannot wait cannot go on, and callers must not wait for it forever.
                Err(_) => queue.stop(),
            }
        }
        let left = std::iter::from_fn(|| queue.pop()).map(|request| request.on_reply);
        left.chain(self.under_way.into_values()).for_each(|on_reply| on_reply(Err(Error::Closed)));
    }

    /// Gives requests to idle workers.
    fn start_requests(&mut self, queue: &RequestQueue) {
        while queue.has_requests() {
            let Some(acquired) = self.set.acquire().transpose() else { return };
            // The requests may have been cancelled meanwhile.
            let Some(Request { message, in_flight, tasks, time_limit, on_reply, .. }) = queue.pop() else {
                break;
            };
            let job = Job { number: self.next, tasks, time_limit };
            let write = |out: &mut Vec<u8>| {
                out.extend_from_slice(&message);
                in_flight
            };
            match acquired.and_then(|worker| self.set.start(worker, job, write)) {
                Ok(()) => _ = self.under_way.insert(job.number, on_reply),
                Err(error) => on_reply(Err(error)),
            }
            self.next += 1;
        }
        self.set.stop_acquiring();
    }

    fn report(&mut self, job: usize, reply: Result<Vec<u8>, Error>) {
        if let Some(on_reply) = self.under_way.remove(&job) {
            on_reply(reply);
        }
    }
}

impl fmt::Debug for BackgroundReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackgroundReader")
    }
}
