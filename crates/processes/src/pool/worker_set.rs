//! A set is the workers that one caller has on loan, and one place where it waits for all of them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::error::Error;
use crate::pool::pool_state::{Lease, PoolState, Waiter};
use crate::shared::Region;
use crate::worker::deadline::Deadline;
use crate::worker::framing::{Kind, begin, finish};
use crate::worker::spin::spin;

/// How often a sleeper makes sure that its workers live, in case something other than a closed pipe tells.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Workers on loan. Dropping it ends those that still work: nobody will read their answer.
#[derive(Debug)]
pub(crate) struct WorkerSet<'p> {
    state: &'p PoolState,
    busy: Vec<Busy<'p>>,
    /// Where messages are written before a worker gets them whole.
    scratch: Vec<u8>,
    /// Made when for the first time no worker was idle.
    waiter: Option<Arc<Waiter>>,
    /// Whether the state knows of the waiter.
    waiting: bool,
    /// Where the next look begins, so that workers that always have an answer hide nobody.
    turn: usize,
}

#[derive(Debug)]
struct Busy<'p> {
    worker: Lease<'p>,
    job: usize,
    /// Memory that the request points to.
    _in_flight: Vec<Region>,
    /// Set once the worker is ready, or in a [`shorten_deadlines`](WorkerSet::shorten_deadlines).
    deadline: Option<Deadline>,
}

#[derive(Debug)]
pub(crate) enum Event<'p> {
    /// The reply to this job can be read from the worker, until it is dropped.
    Done(usize, Lease<'p>),
    /// The worker of this job is gone, and already replaced.
    Lost(usize, Error),
    /// A worker may be free, or somebody rang the waiter's bell.
    Woken,
}

impl<'p> WorkerSet<'p> {
    pub(crate) fn new(state: &'p PoolState) -> Self {
        Self { state, busy: Vec::new(), scratch: Vec::new(), waiter: None, waiting: false, turn: 0 }
    }

    /// A set that also wakes up when `waiter` is rung.
    pub(crate) fn with_waiter(state: &'p PoolState, waiter: Arc<Waiter>) -> Self {
        Self { state, busy: Vec::new(), scratch: Vec::new(), waiter: Some(waiter), waiting: false, turn: 0 }
    }

    /// An idle worker; without one the next [`wait`](Self::wait) also waits for that.
    pub(crate) fn acquire(&mut self) -> Result<Option<Lease<'p>>, Error> {
        if let Some(worker) = self.waiter.as_ref().and_then(|waiter| self.state.take_from(waiter).transpose())
        {
            self.waiting = false;
            return worker.map(Some);
        }
        if self.waiting {
            return Ok(None);
        }
        if let Some(worker) = self.state.take()? {
            return Ok(Some(worker));
        }
        let waiter = match &self.waiter {
            Some(waiter) => waiter,
            None => self.waiter.insert(Arc::new(Waiter::new().map_err(Error::Wait)?)),
        };
        let worker = self.state.take_or_wait(waiter)?;
        self.waiting = worker.is_none();
        Ok(worker)
    }

    /// No more workers are wanted: those who come go to others.
    pub(crate) fn stop_acquiring(&mut self) {
        if std::mem::take(&mut self.waiting)
            && let Some(waiter) = &self.waiter
        {
            self.state.withdraw(waiter);
        }
    }

    /// Gives a worker a job that `write` encodes; what it returns is kept until the job is done.
    pub(crate) fn start(
        &mut self,
        mut worker: Lease<'p>,
        job: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Vec<Region>,
    ) -> Result<(), Error> {
        let mut message = std::mem::take(&mut self.scratch);
        message.clear();
        let start = begin(&mut message, Kind::Call);
        let in_flight = write(&mut message);
        finish(&mut message, start);
        match worker.worker().call(message) {
            Ok(scratch) => self.scratch = scratch,
            Err(message) => {
                // It died while it was idle. Another one takes the job, once: whatever kills that too is the
                // job.
                worker.lose();
                worker.ensure_running()?;
                let _ = worker.worker().call(message);
            }
        }
        self.busy.push(Busy { worker, job, _in_flight: in_flight, deadline: None });
        Ok(())
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.busy.is_empty()
    }

    /// From now on those at work have only so long.
    pub(crate) fn shorten_deadlines(&mut self, limit: Duration) {
        let deadline = Deadline::after(limit);
        for busy in &mut self.busy {
            busy.deadline = Some(deadline.or_earlier(busy.deadline(self.state.plan.time_limit)));
        }
    }

    /// Waits until something happens. Only for a set that has work under way or waits for a worker.
    pub(crate) fn wait(&mut self) -> Result<Event<'p>, Error> {
        // First of all: as long as others answer, nothing below is reached.
        if let Some(event) = self.check_deadlines().or_else(|| spin(|| self.look())) {
            return Ok(event);
        }
        loop {
            let slept_through = self.sleep().map_err(Error::Wait)?;
            let event = self.look().or_else(|| self.check_deadlines());
            if let Some(event) = event.or_else(|| slept_through.then(|| self.check_exited()).flatten()) {
                return Ok(event);
            }
        }
    }

    fn look(&mut self) -> Option<Event<'p>> {
        if self.waiter.as_ref().is_some_and(|waiter| waiter.silence()) {
            return Some(Event::Woken);
        }
        let count = self.busy.len();
        let event = (0..count).find_map(|step| self.look_at((self.turn + step) % count));
        if event.is_some() {
            self.turn += 1;
        }
        event
    }

    fn look_at(&mut self, at: usize) -> Option<Event<'p>> {
        match self.busy[at].worker.worker().look() {
            Ok(false) => None,
            Ok(true) => {
                let Busy { worker, job, .. } = self.busy.swap_remove(at);
                Some(Event::Done(job, worker))
            }
            Err(loss) => Some(self.lose(at, loss)),
        }
    }

    /// Whether the time was over before anything happened.
    fn sleep(&mut self) -> io::Result<bool> {
        let limit = self.state.plan.time_limit;
        let mut left = CHECK_INTERVAL;
        for busy in &mut self.busy {
            left = left.min(busy.deadline(limit).left().unwrap_or(CHECK_INTERVAL));
        }
        let mut poll_fds: Vec<PollFd<'_>> =
            self.busy.iter().flat_map(|busy| busy.worker.peek().poll_fds()).collect();
        if let Some(waiter) = &self.waiter {
            poll_fds.push(PollFd::from_borrowed_fd(waiter.bell(), PollFlags::IN));
        }
        // With nothing under way only the bell can wake it, so it need not look around.
        let limit = if self.busy.is_empty() { None } else { Timespec::try_from(left).ok() };
        Ok(rustix::io::retry_on_intr(|| poll(&mut poll_fds, limit.as_ref()))? == 0)
    }

    fn check_deadlines(&mut self) -> Option<Event<'p>> {
        let limit = self.state.plan.time_limit;
        let at = self.busy.iter_mut().position(|busy| busy.deadline(limit).passed())?;
        // It may have answered in time, and its caller be the one who is late.
        if let Some(event) = self.look_at(at) {
            return Some(event);
        }
        let worker = self.busy[at].worker.worker();
        let limit = if worker.is_ready() { limit.unwrap_or_default() } else { self.state.plan.start_limit };
        let loss = worker.late(limit);
        Some(self.lose(at, loss))
    }

    fn check_exited(&mut self) -> Option<Event<'p>> {
        let at = self.busy.iter_mut().position(|busy| busy.worker.worker().has_exited())?;
        // It may have answered just before.
        self.look_at(at).or_else(|| {
            let loss = self.busy[at].worker.worker().died();
            Some(self.lose(at, loss))
        })
    }

    fn lose(&mut self, at: usize, loss: Error) -> Event<'p> {
        let Busy { mut worker, job, .. } = self.busy.swap_remove(at);
        worker.lose();
        Event::Lost(job, loss)
    }
}

impl Drop for WorkerSet<'_> {
    fn drop(&mut self) {
        self.stop_acquiring();
        for mut busy in self.busy.drain(..) {
            busy.worker.lose();
        }
    }
}

impl Busy<'_> {
    /// The time for a chunk starts when its worker is ready for it; who is in a shorten_deadlines waits for neither.
    fn deadline(&mut self, limit: Option<Duration>) -> Deadline {
        let worker = self.worker.peek();
        if !worker.is_ready() {
            return worker.start_deadline().or_earlier(self.deadline.unwrap_or(Deadline::NEVER));
        }
        *self.deadline.get_or_insert_with(|| Deadline::of(limit))
    }
}
