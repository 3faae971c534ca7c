//! Somebody has to read the replies that nobody is waiting for: one thread, started when it is first needed.
//!
//! Without it, whoever had asked for a result and does something else would keep a worker from everybody,
//! himself included: a loop over `map_unordered` that calls `apply` would wait for ever.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::error::Error;
use crate::pool::pool_state::{PoolState, Waiter};
use crate::pool::worker_set::{Event, WorkerSet};
use crate::shared::Region;

/// The thread, once there is one, and what it has to do.
#[derive(Default)]
pub(crate) struct BackgroundReader {
    thread: Mutex<Option<(JoinHandle<()>, Arc<RequestQueue>)>>,
}

/// What to do, and whom to tell.
pub(crate) struct Request {
    /// An encoded request.
    pub(crate) request: Vec<u8>,
    pub(crate) in_flight: Vec<Region>,
    /// Called once, by the thread, so it should be brief.
    pub(crate) tell: Tell,
    /// RequestQueue that can be taken back together.
    pub(crate) batch: usize,
}

pub(crate) type Tell = Box<dyn FnOnce(Result<Vec<u8>, Error>) + Send>;

/// First come, first served.
pub(crate) struct RequestQueue {
    queue: Mutex<Queue>,
    waiter: Arc<Waiter>,
}

struct Queue {
    queue: VecDeque<Request>,
    open: bool,
}

impl BackgroundReader {
    /// Where queue can be placed; starts the thread.
    pub(crate) fn queue(&self, state: &Arc<PoolState>) -> Result<Arc<RequestQueue>, Error> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, queue)) = &*thread {
            return Ok(Arc::clone(queue));
        }
        let waiter = Arc::new(Waiter::new().map_err(Error::Wait)?);
        let queue = Mutex::new(Queue { queue: VecDeque::new(), open: true });
        let queue = Arc::new(RequestQueue { queue, waiter });
        let (state, theirs) = (Arc::clone(state), Arc::clone(&queue));
        let handle = thread::Builder::new()
            .name("parallax-reader".into())
            .spawn(move || {
                let set = WorkerSet::with_waiter(&state, Arc::clone(&theirs.waiter));
                Reader { set, under_way: HashMap::new(), next: 0 }.attend(&theirs);
            })
            .map_err(Error::Spawn)?;
        *thread = Some((handle, Arc::clone(&queue)));
        Ok(queue)
    }

    /// Ends the thread; queue that are not done by then are told [`Error::Closed`].
    pub(crate) fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((thread, queue)) = thread {
            queue.queue().open = false;
            queue.waiter.ring();
            let _ = thread.join();
        }
    }
}

impl RequestQueue {
    pub(crate) fn place(&self, order: Request) {
        let mut queue = self.queue();
        if queue.open {
            queue.queue.push_back(order);
            drop(queue);
            self.waiter.ring();
        } else {
            drop(queue);
            (order.tell)(Err(Error::Closed));
        }
    }

    /// Takes back what has not begun.
    pub(crate) fn cancel(&self, batch: usize) {
        self.queue().queue.retain(|order| order.batch != batch);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread has in hand.
struct Reader<'p> {
    set: WorkerSet<'p>,
    /// Whom to tell, by job.
    under_way: HashMap<usize, Tell>,
    next: usize,
}

impl Reader<'_> {
    fn attend(mut self, queue: &RequestQueue) {
        while queue.queue().open {
            self.hand_out(queue);
            match self.set.wait() {
                Ok(Event::Done(job, worker)) => {
                    let reply = worker.peek().reply().to_vec();
                    // The worker is free for others before the news is out.
                    drop(worker);
                    self.tell(job, Ok(reply));
                }
                Ok(Event::Lost(job, loss)) => self.tell(job, Err(loss)),
                Ok(Event::Woken) => {}
                // Who cannot wait cannot go on; nobody else is to wait for ever because of that.
                Err(_) => queue.queue().open = false,
            }
        }
        let left = std::mem::take(&mut queue.queue().queue);
        let left = left.into_iter().map(|order| order.tell).chain(self.under_way.into_values());
        left.for_each(|tell| tell(Err(Error::Closed)));
    }

    /// Gives queue to idle workers.
    fn hand_out(&mut self, queue: &RequestQueue) {
        while !queue.queue().queue.is_empty() {
            let Some(acquired) = self.set.acquire().transpose() else { return };
            // They may have been cancelled meanwhile.
            let Some(Request { request, in_flight, tell, .. }) = queue.queue().queue.pop_front() else {
                return;
            };
            let write = |out: &mut Vec<u8>| {
                out.extend_from_slice(&request);
                in_flight
            };
            match acquired.and_then(|worker| self.set.start(worker, self.next, write)) {
                Ok(()) => _ = self.under_way.insert(self.next, tell),
                Err(error) => tell(Err(error)),
            }
            self.next += 1;
        }
        self.set.stop_acquiring();
    }

    fn tell(&mut self, job: usize, reply: Result<Vec<u8>, Error>) {
        if let Some(tell) = self.under_way.remove(&job) {
            tell(reply);
        }
    }
}

impl fmt::Debug for BackgroundReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackgroundReader")
    }
}
