//! The workers leased by one call, and one place where the call waits for all of them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::error::Error;
use crate::pool::pool_state::{Lease, PoolState};
use crate::pool::running_calls::RunningCall;
use crate::pool::waiter::Waiter;
use crate::shared::Region;
use crate::worker::deadline::Deadline;
use crate::worker::framing::{Kind, begin, finish};
use crate::worker::spin::spin;

/// How often a sleeping call checks that its workers live, in case the end of one closes no pipe.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Leased workers. Dropping the set kills those that still work: their replies would not be read.
#[derive(Debug)]
pub(crate) struct WorkerSet<'p> {
    state: &'p PoolState,
    busy: Vec<Busy<'p>>,
    /// Where messages are written before a worker gets them whole.
    scratch: Vec<u8>,
    /// Made the first time that no worker is idle.
    waiter: Option<Arc<Waiter>>,
    /// Whether the pool will give the waiter a worker.
    waiting: bool,
    /// Where the next look begins, so that workers that always have an answer do not hide others.
    turn: usize,
    /// The last field: a call has ended when its workers are back.
    _call: Option<RunningCall<'p>>,
}

/// A chunk of tasks for one worker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    /// The number by which [`Event`]s name it.
    pub(crate) number: usize,
    pub(crate) tasks: usize,
    pub(crate) time_limit: Option<Duration>,
}

#[derive(Debug)]
struct Busy<'p> {
    worker: Lease<'p>,
    job: Job,
    /// Memory to which the request points.
    _in_flight: Vec<Region>,
    /// Set once the worker is ready, or by [`shorten_deadlines`](WorkerSet::shorten_deadlines).
    deadline: Option<Deadline>,
}

#[derive(Debug)]
pub(crate) enum Event<'p> {
    /// The reply to this job can be read from the worker, until it is dropped.
    Done(usize, Lease<'p>),
    /// The worker of this job has died, and is already replaced. The error counts tasks from the start of the job.
    Lost(usize, Error),
    /// A worker may be free, or there is a new request.
    Woken,
}

impl<'p> WorkerSet<'p> {
    /// A set for a call of the pool.
    pub(crate) fn new(state: &'p PoolState) -> Result<Self, Error> {
        Ok(Self::empty(state, None, Some(state.calls.begin()?)))
    }

    /// A set for the thread of the pool, which also wakes up when the waiter is woken.
    pub(crate) fn with_waiter(state: &'p PoolState, waiter: Arc<Waiter>) -> Self {
        Self::empty(state, Some(waiter), None)
    }

    fn empty(state: &'p PoolState, waiter: Option<Arc<Waiter>>, call: Option<RunningCall<'p>>) -> Self {
        let (busy, scratch) = (Vec::new(), Vec::new());
        Self { state, busy, scratch, waiter, waiting: false, turn: 0, _call: call }
    }

    /// An idle worker; if there is none, the next [`wait`](Self::wait) also waits for one.
    pub(crate) fn acquire(&mut self) -> Result<Option<Lease<'p>>, Error> {
        let given = self.waiter.as_ref().and_then(|waiter| self.state.take_from(waiter).transpose());
        if let Some(worker) = given {
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

    /// Acquires no more workers: those that become idle go to others.
    pub(crate) fn stop_acquiring(&mut self) {
        if std::mem::take(&mut self.waiting)
            && let Some(waiter) = &self.waiter
        {
            self.state.stop_waiting(waiter);
        }
    }

    /// Gives a worker a job that `write` encodes; the regions that `write` returns are kept until the job is done.
    pub(crate) fn start(
        &mut self,
        mut worker: Lease<'p>,
        job: Job,
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
                // It died while it was idle. Another one takes the job, once: if that dies too, the job is the
                // cause.
                worker.discard();
                worker.ensure_running()?;
                let _ = worker.worker().call(message);
            }
        }
        worker.count(job.tasks);
        self.busy.push(Busy { worker, job, _in_flight: in_flight, deadline: None });
        Ok(())
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.busy.is_empty()
    }

    /// Limits the time of all jobs under way to `limit` from now.
    pub(crate) fn shorten_deadlines(&mut self, limit: Duration) {
        let deadline = Deadline::after(limit);
        for busy in &mut self.busy {
            busy.deadline = Some(deadline.or_earlier(busy.deadline()));
        }
    }

    /// Waits until something happens. Call it only while work is under way or the set waits for a worker.
    pub(crate) fn wait(&mut self) -> Result<Event<'p>, Error> {
        // Checked first: while others keep answering, the code below is not reached.
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
        if self.waiter.as_ref().is_some_and(|waiter| waiter.was_woken()) {
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
                Some(Event::Done(job.number, worker))
            }
            Err(error) => Some(self.remove_lost(at, error)),
        }
    }

    /// Whether the time was over before anything happened.
    fn sleep(&mut self) -> io::Result<bool> {
        let mut left = CHECK_INTERVAL;
        for busy in &mut self.busy {
            left = left.min(busy.deadline().left().unwrap_or(CHECK_INTERVAL));
        }
        let mut fds: Vec<PollFd<'_>> =
            self.busy.iter().flat_map(|busy| busy.worker.peek().poll_fds()).collect();
        if let Some(waiter) = &self.waiter {
            fds.push(PollFd::from_borrowed_fd(waiter.descriptor(), PollFlags::IN));
        }
        // If no job is under way, only the waiter can wake it, so there is no worker to check.
        let limit = if self.busy.is_empty() { None } else { Timespec::try_from(left).ok() };
        Ok(rustix::io::retry_on_intr(|| poll(&mut fds, limit.as_ref()))? == 0)
    }

    fn check_deadlines(&mut self) -> Option<Event<'p>> {
        let at = self.busy.iter_mut().position(|busy| busy.deadline().passed())?;
        // The worker may have answered in time while this thread was late.
        if let Some(event) = self.look_at(at) {
            return Some(event);
        }
        let Busy { worker, job, .. } = &mut self.busy[at];
        let is_ready = worker.worker().is_ready();
        let limit = if is_ready { job.time_limit.unwrap_or_default() } else { self.state.plan.start_limit };
        let error = worker.worker().late(limit);
        Some(self.remove_lost(at, error))
    }

    fn check_exited(&mut self) -> Option<Event<'p>> {
        let at = self.busy.iter_mut().position(|busy| busy.worker.worker().has_exited())?;
        // The worker may have answered just before.
        self.look_at(at).or_else(|| {
            let error = self.busy[at].worker.worker().died();
            Some(self.remove_lost(at, error))
        })
    }

    fn remove_lost(&mut self, at: usize, error: Error) -> Event<'p> {
        let Busy { mut worker, job, .. } = self.busy.swap_remove(at);
        worker.discard();
        Event::Lost(job.number, error)
    }
}

impl Drop for WorkerSet<'_> {
    fn drop(&mut self) {
        self.stop_acquiring();
        for mut busy in self.busy.drain(..) {
            busy.worker.discard();
        }
    }
}

impl Busy<'_> {
    /// The time of a job starts when its worker is ready for it; a shortened deadline holds before that, too.
    fn deadline(&mut self) -> Deadline {
        let worker = self.worker.peek();
        if !worker.is_ready() {
            return worker.start_deadline().or_earlier(self.deadline.unwrap_or(Deadline::NEVER));
        }
        *self.deadline.get_or_insert_with(|| Deadline::of(self.job.time_limit))
    }
}
