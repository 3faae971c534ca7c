//! Workers are lent: whoever has one owns it, so no lock is held and no thread stands between while it works.
//!
//! multiprocessing.Pool moves every task through a queue and two helper threads; here the calling thread
//! itself writes to the worker and reads from it. A seat without work goes to whoever has waited longest, so
//! that a long map cannot starve another thread.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::event::{EventfdFlags, eventfd};

use crate::error::Error;
use crate::worker::child::{Plan, Worker};

/// A place for a worker; empty while its last one died and no new one could be started.
#[derive(Debug)]
struct Seat {
    number: usize,
    worker: Option<Worker>,
}

/// A worker on loan. Dropping it, also while unwinding, brings it back.
#[derive(Debug)]
pub(crate) struct Lent<'p> {
    roster: &'p Roster,
    seat: Option<Seat>,
}

/// All seats of a pool that are not lent, and who waits for one.
#[derive(Debug)]
pub(crate) struct Roster {
    pub(crate) plan: Plan,
    /// By seat; 0 for an empty one. For people to look at, so its order with other memory does not matter.
    pids: Vec<AtomicU32>,
    state: Mutex<State>,
    /// Whether a worker that is lost is replaced at once: not while the pool is being built or dropped.
    open: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// The last one back is the first to go: its caches are warm, and it may still be looking for work.
    idle: Vec<Seat>,
    waiting: VecDeque<Arc<Tray>>,
}

/// Where a seat is left for somebody who waits for one, and a bell to ring.
#[derive(Debug)]
pub(crate) struct Tray {
    seats: Mutex<Vec<Seat>>,
    bell: OwnedFd,
}

impl Roster {
    /// Starts as many workers as there are seats, without waiting for them.
    pub(crate) fn new(plan: Plan, workers: usize) -> Result<Self, Error> {
        let pids = (0..workers).map(|_| AtomicU32::new(0)).collect();
        let roster = Self { plan, pids, state: Mutex::default(), open: AtomicBool::new(false) };
        for number in (0..workers).rev() {
            let mut seat = Seat { number, worker: None };
            roster.staff(&mut seat)?;
            roster.state().idle.push(seat);
        }
        Ok(roster)
    }

    pub(crate) fn seats(&self) -> usize {
        self.pids.len()
    }

    pub(crate) fn pids(&self) -> Vec<u32> {
        self.pids.iter().map(|pid| pid.load(Relaxed)).filter(|pid| *pid != 0).collect()
    }

    /// A worker, if one is idle.
    pub(crate) fn take(&self) -> Result<Option<Lent<'_>>, Error> {
        let seat = self.state().idle.pop();
        seat.map(|seat| self.lend(seat)).transpose()
    }

    /// A worker if one is idle; otherwise one will be left in the tray.
    pub(crate) fn take_or_wait(&self, tray: &Arc<Tray>) -> Result<Option<Lent<'_>>, Error> {
        let seat = {
            let mut state = self.state();
            let seat = state.idle.pop();
            if seat.is_none() {
                state.waiting.push_back(Arc::clone(tray));
            }
            seat
        };
        seat.map(|seat| self.lend(seat)).transpose()
    }

    /// A worker that was left in the tray.
    pub(crate) fn take_from(&self, tray: &Tray) -> Result<Option<Lent<'_>>, Error> {
        let seat = tray.seats().pop();
        seat.map(|seat| self.lend(seat)).transpose()
    }

    /// Nobody will look into the tray any more.
    pub(crate) fn withdraw(&self, tray: &Arc<Tray>) {
        self.state().waiting.retain(|other| !Arc::ptr_eq(other, tray));
        for seat in std::mem::take(&mut *tray.seats()) {
            self.hand_on(seat);
        }
    }

    /// From here on workers that are lost are replaced, or not.
    pub(crate) fn set_open(&self, open: bool) {
        self.open.store(open, Relaxed); // a worker started just before closing is ended like any other
    }

    /// Ends all workers that are home.
    pub(crate) fn send_home(&self) {
        let mut seats = std::mem::take(&mut self.state().idle);
        let mut workers: Vec<&mut Worker> =
            seats.iter_mut().filter_map(|seat| seat.worker.as_mut()).collect();
        workers.iter_mut().for_each(|worker| worker.dismiss());
        for worker in workers {
            worker.last_moments();
        }
    }

    fn lend(&self, seat: Seat) -> Result<Lent<'_>, Error> {
        let mut lent = Lent { roster: self, seat: Some(seat) };
        lent.staff()?;
        Ok(lent)
    }

    fn hand_on(&self, seat: Seat) {
        let mut state = self.state();
        match state.waiting.pop_front() {
            Some(tray) => tray.leave(seat),
            None => state.idle.push(seat),
        }
    }

    /// Makes sure that a worker sits there.
    fn staff(&self, seat: &mut Seat) -> Result<(), Error> {
        if seat.worker.is_none() {
            self.pids[seat.number].store(0, Relaxed);
            let worker = Worker::start(&self.plan).map_err(Error::Spawn)?;
            self.pids[seat.number].store(worker.pid(), Relaxed);
            seat.worker = Some(worker);
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent<'_> {
    /// The worker.
    ///
    /// # Panics
    ///
    /// If it was [lost](Self::lose).
    pub(crate) fn worker(&mut self) -> &mut Worker {
        self.seat.as_mut().and_then(|seat| seat.worker.as_mut()).expect("who is on loan is there")
    }

    /// As [`worker`](Self::worker), to look at.
    pub(crate) fn peek(&self) -> &Worker {
        self.seat.as_ref().and_then(|seat| seat.worker.as_ref()).expect("who is on loan is there")
    }

    /// Ends the worker; its place is filled again at the latest when it is lent again.
    pub(crate) fn lose(&mut self) {
        if let Some(seat) = &mut self.seat {
            seat.worker = None;
        }
    }

    /// Fills the place again.
    pub(crate) fn staff(&mut self) -> Result<(), Error> {
        self.seat.as_mut().map_or(Ok(()), |seat| self.roster.staff(seat))
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(mut seat) = self.seat.take() {
            if self.roster.open.load(Relaxed) {
                // If no process can be started now, whoever gets the seat tries again, and learns why not.
                let _ = self.roster.staff(&mut seat);
            }
            self.roster.hand_on(seat);
        }
    }
}

impl Tray {
    pub(crate) fn new() -> io::Result<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { seats: Mutex::default(), bell })
    }

    /// Readable once it has rung.
    pub(crate) fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    pub(crate) fn ring(&self) {
        // It fails only if it has been rung 2^64 times and nobody came.
        let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
    }

    /// Whether it has rung since the last time.
    pub(crate) fn silence(&self) -> bool {
        rustix::io::read(&self.bell, &mut [0; 8]).is_ok()
    }

    fn leave(&self, seat: Seat) {
        self.seats().push(seat);
        self.ring();
    }

    fn seats(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
