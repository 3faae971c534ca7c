//! Somebody has to read the replies that nobody is waiting for: one thread, started when it is first needed.
//!
//! Without it, whoever had asked for a result and does something else would keep a worker from everybody,
//! himself included: a loop over `map_unordered` that calls `apply` would wait for ever.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::error::Error;
use crate::pool::roster::{Roster, Tray};
use crate::pool::squad::{Event, Squad};
use crate::shared::Region;
use crate::worker::child::Loss;

/// The thread, once there is one, and what it has to do.
#[derive(Default)]
pub(crate) struct Attendant {
    thread: Mutex<Option<(JoinHandle<()>, Arc<Orders>)>>,
}

/// What to do, and whom to tell.
pub(crate) struct Order {
    /// An encoded request.
    pub(crate) request: Vec<u8>,
    pub(crate) passengers: Vec<Region>,
    /// Called once, by the thread, so it should be brief.
    pub(crate) tell: Tell,
    /// Orders that can be taken back together.
    pub(crate) batch: usize,
}

pub(crate) type Tell = Box<dyn FnOnce(Result<Vec<u8>, Loss>) + Send>;

/// First come, first served.
pub(crate) struct Orders {
    queue: Mutex<Queue>,
    tray: Arc<Tray>,
}

struct Queue {
    orders: VecDeque<Order>,
    open: bool,
}

impl Attendant {
    /// Where orders can be placed; starts the thread.
    pub(crate) fn orders(&self, roster: &Arc<Roster>) -> Result<Arc<Orders>, Error> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, orders)) = &*thread {
            return Ok(Arc::clone(orders));
        }
        let tray = Arc::new(Tray::new().map_err(Error::Wait)?);
        let queue = Mutex::new(Queue { orders: VecDeque::new(), open: true });
        let orders = Arc::new(Orders { queue, tray });
        let (roster, theirs) = (Arc::clone(roster), Arc::clone(&orders));
        let handle = thread::Builder::new()
            .name("parallax-attendant".into())
            .spawn(move || {
                let squad = Squad::with_tray(&roster, Arc::clone(&theirs.tray));
                Attendance { squad, under_way: HashMap::new(), next: 0 }.attend(&theirs);
            })
            .map_err(Error::Spawn)?;
        *thread = Some((handle, Arc::clone(&orders)));
        Ok(orders)
    }

    /// Ends the thread; orders that are not done by then are told [`Loss::Closed`].
    pub(crate) fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((thread, orders)) = thread {
            orders.queue().open = false;
            orders.tray.ring();
            let _ = thread.join();
        }
    }
}

impl Orders {
    pub(crate) fn place(&self, order: Order) {
        let mut queue = self.queue();
        if queue.open {
            queue.orders.push_back(order);
            drop(queue);
            self.tray.ring();
        } else {
            drop(queue);
            (order.tell)(Err(Loss::Closed));
        }
    }

    /// Takes back what has not begun.
    pub(crate) fn cancel(&self, batch: usize) {
        self.queue().orders.retain(|order| order.batch != batch);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread has in hand.
struct Attendance<'p> {
    squad: Squad<'p>,
    /// Whom to tell, by job.
    under_way: HashMap<usize, Tell>,
    next: usize,
}

impl Attendance<'_> {
    fn attend(mut self, orders: &Orders) {
        while orders.queue().open {
            self.hand_out(orders);
            match self.squad.wait() {
                Ok(Event::Done(job, worker)) => {
                    let reply = worker.peek().reply().to_vec();
                    // The worker is free for others before the news is out.
                    drop(worker);
                    self.tell(job, Ok(reply));
                }
                Ok(Event::Lost(job, loss)) => self.tell(job, Err(loss)),
                Ok(Event::Rang) => {}
                // Who cannot wait cannot go on; nobody else is to wait for ever because of that.
                Err(_) => orders.queue().open = false,
            }
        }
        let left = std::mem::take(&mut orders.queue().orders);
        let left = left.into_iter().map(|order| order.tell).chain(self.under_way.into_values());
        left.for_each(|tell| tell(Err(Loss::Closed)));
    }

    /// Gives orders to idle workers.
    fn hand_out(&mut self, orders: &Orders) {
        while !orders.queue().orders.is_empty() {
            let Some(hired) = self.squad.hire().transpose() else { return };
            // They may have been cancelled meanwhile.
            let Some(Order { request, passengers, tell, .. }) = orders.queue().orders.pop_front() else {
                return;
            };
            let write = |out: &mut Vec<u8>| {
                out.extend_from_slice(&request);
                passengers
            };
            match hired.and_then(|worker| self.squad.start(worker, self.next, write)) {
                Ok(()) => _ = self.under_way.insert(self.next, tell),
                Err(Error::Spawn(error) | Error::Wait(error)) => {
                    tell(Err(Loss::Unavailable(Arc::new(error))))
                }
                Err(_) => tell(Err(Loss::Closed)),
            }
            self.next += 1;
        }
        self.squad.stop_hiring();
    }

    fn tell(&mut self, job: usize, reply: Result<Vec<u8>, Loss>) {
        if let Some(tell) = self.under_way.remove(&job) {
            tell(reply);
        }
    }
}

impl fmt::Debug for Attendant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attendant")
    }
}
