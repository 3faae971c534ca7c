//! A squad is the workers that one caller has on loan, and one place where it waits for all of them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::error::Error;
use crate::pool::roster::{Lent, Roster, Tray};
use crate::shared::Region;
use crate::worker::child::Loss;
use crate::worker::clock::Deadline;
use crate::worker::frame::{Kind, begin, finish};
use crate::worker::patience::patiently;

/// How often a sleeper makes sure that its workers live, in case something other than a closed pipe tells.
const ROUNDS: Duration = Duration::from_secs(1);

/// Workers on loan. Dropping it ends those that still work: nobody will read their answer.
#[derive(Debug)]
pub(crate) struct Squad<'p> {
    roster: &'p Roster,
    busy: Vec<Busy<'p>>,
    /// Where messages are written before a worker gets them whole.
    scratch: Vec<u8>,
    /// Made when for the first time no worker was idle.
    tray: Option<Arc<Tray>>,
    /// Whether the roster knows of the tray.
    waiting: bool,
    /// Where the next look begins, so that workers that always have an answer hide nobody.
    turn: usize,
}

#[derive(Debug)]
struct Busy<'p> {
    worker: Lent<'p>,
    job: usize,
    /// Memory that the request points to.
    _passengers: Vec<Region>,
    /// Set once the worker is ready, or in a [`hurry`](Squad::hurry).
    deadline: Option<Deadline>,
}

#[derive(Debug)]
pub(crate) enum Event<'p> {
    /// The reply to this job can be read from the worker, until it is dropped.
    Done(usize, Lent<'p>),
    /// The worker of this job is gone, and already replaced.
    Lost(usize, Loss),
    /// A worker may be free, or somebody rang the tray's bell.
    Rang,
}

impl<'p> Squad<'p> {
    pub(crate) fn new(roster: &'p Roster) -> Self {
        Self { roster, busy: Vec::new(), scratch: Vec::new(), tray: None, waiting: false, turn: 0 }
    }

    /// A squad that also wakes up when `tray` is rung.
    pub(crate) fn with_tray(roster: &'p Roster, tray: Arc<Tray>) -> Self {
        Self { roster, busy: Vec::new(), scratch: Vec::new(), tray: Some(tray), waiting: false, turn: 0 }
    }

    /// An idle worker; without one the next [`wait`](Self::wait) also waits for that.
    pub(crate) fn hire(&mut self) -> Result<Option<Lent<'p>>, Error> {
        if let Some(worker) = self.tray.as_ref().and_then(|tray| self.roster.take_from(tray).transpose()) {
            self.waiting = false;
            return worker.map(Some);
        }
        if self.waiting {
            return Ok(None);
        }
        if let Some(worker) = self.roster.take()? {
            return Ok(Some(worker));
        }
        let tray = match &self.tray {
            Some(tray) => tray,
            None => self.tray.insert(Arc::new(Tray::new().map_err(Error::Wait)?)),
        };
        let worker = self.roster.take_or_wait(tray)?;
        self.waiting = worker.is_none();
        Ok(worker)
    }

    /// No more workers are wanted: those who come go to others.
    pub(crate) fn stop_hiring(&mut self) {
        if std::mem::take(&mut self.waiting)
            && let Some(tray) = &self.tray
        {
            self.roster.withdraw(tray);
        }
    }

    /// Gives a worker a job that `write` encodes; what it returns is kept until the job is done.
    pub(crate) fn start(
        &mut self,
        mut worker: Lent<'p>,
        job: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Vec<Region>,
    ) -> Result<(), Error> {
        let mut message = std::mem::take(&mut self.scratch);
        message.clear();
        let start = begin(&mut message, Kind::Call);
        let passengers = write(&mut message);
        finish(&mut message, start);
        match worker.worker().call(message) {
            Ok(scratch) => self.scratch = scratch,
            Err(message) => {
                // It died while it was idle. Another one takes the job, once: whatever kills that too is the
                // job.
                worker.lose();
                worker.staff()?;
                let _ = worker.worker().call(message);
            }
        }
        self.busy.push(Busy { worker, job, _passengers: passengers, deadline: None });
        Ok(())
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.busy.is_empty()
    }

    /// From now on those at work have only so long.
    pub(crate) fn hurry(&mut self, limit: Duration) {
        let deadline = Deadline::after(limit);
        for busy in &mut self.busy {
            busy.deadline = Some(deadline.or_earlier(busy.deadline(self.roster.plan.time_limit)));
        }
    }

    /// Waits until something happens. Only for a squad that has work under way or waits for a worker.
    pub(crate) fn wait(&mut self) -> Result<Event<'p>, Error> {
        // First of all: as long as others answer, nothing below is reached.
        if let Some(event) = self.end_the_late().or_else(|| patiently(|| self.look())) {
            return Ok(event);
        }
        loop {
            let slept_through = self.sleep().map_err(Error::Wait)?;
            let event = self.look().or_else(|| self.end_the_late());
            if let Some(event) = event.or_else(|| slept_through.then(|| self.end_the_dead()).flatten()) {
                return Ok(event);
            }
        }
    }

    fn look(&mut self) -> Option<Event<'p>> {
        if self.tray.as_ref().is_some_and(|tray| tray.silence()) {
            return Some(Event::Rang);
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
        let limit = self.roster.plan.time_limit;
        let mut left = ROUNDS;
        for busy in &mut self.busy {
            left = left.min(busy.deadline(limit).left().unwrap_or(ROUNDS));
        }
        let mut signs: Vec<PollFd<'_>> =
            self.busy.iter().flat_map(|busy| busy.worker.peek().signs()).collect();
        if let Some(tray) = &self.tray {
            signs.push(PollFd::from_borrowed_fd(tray.bell(), PollFlags::IN));
        }
        // With nothing under way only the bell can wake it, so it need not look around.
        let limit = if self.busy.is_empty() { None } else { Timespec::try_from(left).ok() };
        Ok(rustix::io::retry_on_intr(|| poll(&mut signs, limit.as_ref()))? == 0)
    }

    fn end_the_late(&mut self) -> Option<Event<'p>> {
        let limit = self.roster.plan.time_limit;
        let at = self.busy.iter_mut().position(|busy| busy.deadline(limit).passed())?;
        // It may have answered in time, and its caller be the one who is late.
        if let Some(event) = self.look_at(at) {
            return Some(event);
        }
        let worker = self.busy[at].worker.worker();
        let limit = if worker.is_ready() { limit.unwrap_or_default() } else { self.roster.plan.start_limit };
        let loss = worker.late(limit);
        Some(self.lose(at, loss))
    }

    fn end_the_dead(&mut self) -> Option<Event<'p>> {
        let at = self.busy.iter_mut().position(|busy| busy.worker.worker().has_exited())?;
        // It may have answered just before.
        self.look_at(at).or_else(|| {
            let loss = self.busy[at].worker.worker().died();
            Some(self.lose(at, loss))
        })
    }

    fn lose(&mut self, at: usize, loss: Loss) -> Event<'p> {
        let Busy { mut worker, job, .. } = self.busy.swap_remove(at);
        worker.lose();
        Event::Lost(job, loss)
    }
}

impl Drop for Squad<'_> {
    fn drop(&mut self) {
        self.stop_hiring();
        for mut busy in self.busy.drain(..) {
            busy.worker.lose();
        }
    }
}

impl Busy<'_> {
    /// The time for a chunk starts when its worker is ready for it; who is in a hurry waits for neither.
    fn deadline(&mut self, limit: Option<Duration>) -> Deadline {
        let worker = self.worker.peek();
        if !worker.is_ready() {
            return worker.start_deadline().or_earlier(self.deadline.unwrap_or(Deadline::NEVER));
        }
        *self.deadline.get_or_insert_with(|| Deadline::of(limit))
    }
}
